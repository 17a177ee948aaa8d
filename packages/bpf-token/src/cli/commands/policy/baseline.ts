// SPDX-License-Identifier: MIT
// `policy --baseline`: the needs that a repository has agreed to, which a pull request may not add to in silence.
import {
  compareNeeds,
  type NeedChange,
  type NeedsByObject,
  needAxes,
  needsOf,
} from "../../../policy/baseline.js";
import type { PolicyLoader } from "../../../policy/loaders.js";
import { type Policy, policyOf } from "../../../policy/policy.js";
import type { Context } from "../../command.js";
import { readInputFile, writeOutputFile } from "../../input/files.js";
import { loaderOf, readObject } from "../../input/objects.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, type ExitCode, UsageError } from "../../usage.js";
import { baselineLines, baselineMarkdown } from "./baseline-text.js";

const SCHEMA = "bpf-token/needs@1";

/** What a file of needs has. */
interface Baseline {
  readonly loader: PolicyLoader;
  readonly objects: NeedsByObject;
}

/** Writes the needs of today. */
export async function writeNeeds(context: Context, file: string): Promise<ExitCode> {
  const { files, values } = context.parsed;
  refuseProofs(context);
  const loader = loaderOf(String(values.loader ?? "libbpf"));
  const policies = await policiesOf(context, loader);
  const objects = Object.fromEntries([...policies].map(([name, one]) => [name, needsOf(one)]));
  await writeOutputFile(file, `${JSON.stringify({ schema: SCHEMA, loader, objects }, null, 2)}\n`);
  context.note(
    `wrote the needs of ${files.length} object${files.length === 1 ? "" : "s"} to ${file}`,
  );
  return Exit.FINE;
}

/** Compares the needs of today with a baseline. Less is no finding. */
export async function compareWithNeeds(context: Context, file: string): Promise<ExitCode> {
  const { parsed, json, line, out, paint, printJson } = context;
  refuseProofs(context);
  const baseline = readBaseline(file, (await readInputFile(file)).toString());
  const asked = parsed.values.loader;
  if (asked !== undefined && loaderOf(String(asked)) !== baseline.loader) {
    throw new UsageError(`policy: ${file} is for --loader ${baseline.loader}, not ${asked}`, "");
  }
  const policies = await policiesOf(context, baseline.loader);
  const changes = compareNeeds(baseline.objects, policies);
  if (json) {
    printJson("policy-baseline", { baseline: file, ...byKind(changes) });
  } else {
    const texts =
      parsed.values.markdown === true
        ? baselineMarkdown(file, changes)
        : baselineLines(file, policies.size, changes, paint, proseWidth(out));
    for (const text of texts) line(text);
  }
  return changes.some(({ kind }) => kind === "more") ? Exit.FINDINGS : Exit.FINE;
}

function byKind(changes: readonly NeedChange[]): object {
  const of = (wanted: NeedChange["kind"]): readonly object[] =>
    changes
      .filter(({ kind }) => kind === wanted)
      .map(({ object, axis, name, reason }) => ({
        ...{ object, axis, name },
        ...(reason && { because: reason.because, without: reason.without }),
      }));
  return { more: of("more"), less: of("less") };
}

/** A policy for each object, only computed: a baseline must not depend on the machine. */
async function policiesOf(
  { parsed: { files, values } }: Context,
  loader: PolicyLoader,
): Promise<ReadonlyMap<string, Policy>> {
  const entries = files.map(async (file): Promise<[string, Policy]> => {
    const object = await readObject(file);
    return [file, policyOf([{ file, object }], { loader, all: values.all === true })];
  });
  return new Map(await Promise.all(entries));
}

function refuseProofs({ parsed: { files, values } }: Context): void {
  const others = ["for", "from", "check", "release", "verify", "try", "prove"] as const;
  const [other] = others.filter((name) => values[name] !== undefined);
  if (other !== undefined) throw new UsageError(`policy: a baseline is not for --${other}`);
  if (files.length === 0) throw new UsageError("policy: a baseline needs at least one OBJECT");
  if (values.baseline !== undefined && values["write-baseline"] !== undefined) {
    throw new UsageError("policy: give --baseline or --write-baseline, not both");
  }
}

/** @throws UsageError if the text is no baseline. */
function readBaseline(file: string, text: string): Baseline {
  const wrong = (): UsageError =>
    new UsageError(`policy: ${file}: is no baseline; write one with --write-baseline`, "");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const { schema, loader, objects } = (json ?? {}) as Readonly<Record<string, unknown>>;
  if (schema !== SCHEMA || typeof loader !== "string" || !isNeeds(objects)) throw wrong();
  return { loader: loaderOf(loader), objects };
}

function isNeeds(value: unknown): value is NeedsByObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (one: unknown) =>
      typeof one === "object" &&
      one !== null &&
      needAxes.every((axis) => isNames((one as Readonly<Record<string, unknown>>)[axis])),
  );
}

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every((name) => typeof name === "string");
