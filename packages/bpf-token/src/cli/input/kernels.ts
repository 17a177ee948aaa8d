// SPDX-License-Identifier: MIT
import { newestRelease } from "@bpf-token/uapi/names";
import {
  type FindOptions,
  findSubject,
  isUpstream,
  unmodelledRelease,
} from "../../subjects/find.js";
import {
  type Subject,
  type SubjectName,
  SubjectUnavailableError,
  subjectNames,
} from "../../subjects/subject.js";
import type { Context } from "../command.js";
import { InconclusiveError, oneOf, UsageError } from "../usage.js";
import { readRelease } from "./release.js";

/** The parts of {@link Context} that choosing a kernel needs. */
type ChoiceContext = Pick<Context, "io" | "note">;

/** The values of `--backend`. */
const backends = ["model", "native"] as const;

/**
 * Finds the kernel that `--subject`, `--backend` and `--release` name.
 *
 * @throws UsageError for unknown names; InconclusiveError if the kernel is not available.
 */
export function chooseKernel(context: Context): Promise<Subject> {
  const { values } = context.parsed;
  const release = values.release === undefined ? undefined : String(values.release);
  if (values.subject === undefined) {
    const backend = oneOf("backend", String(values.backend ?? "model"), backends);
    return find(backend, release, context);
  }
  if (values.backend !== undefined) {
    throw new UsageError("--subject and --backend exclude each other; use --subject");
  }
  return chooseSubject(String(values.subject), context, release);
}

/**
 * Finds the kernel of one `NAME` or `NAME@RELEASE`.
 *
 * @param release - the value of `--release`.
 */
export function chooseSubject(
  text: string,
  context: ChoiceContext,
  release?: string,
): Promise<Subject> {
  const [, own] = text.split("@", 2);
  const name = subjectName(text);
  if (own !== undefined && release !== undefined) {
    throw new UsageError("--release and '@RELEASE' exclude each other; use one of them");
  }
  return find(name, own ?? release, context);
}

/**
 * Finds a kernel as {@link chooseSubject} does, for a command that compares it with models.
 *
 * @throws InconclusiveError also for a kernel that is newer than the model.
 */
export async function chooseComparable(text: string, context: ChoiceContext): Promise<Subject> {
  const name = subjectName(text);
  const linux = unmodelledRelease(name);
  if (linux === undefined) return chooseSubject(text, context);
  throw new InconclusiveError(
    `the newest release of the model is ${newestRelease}, so ${name} cannot be compared: it runs Linux ${linux}; 'bpf-token run --subject ${name}' runs scenarios on it`,
  );
}

/**
 * A kernel that is compared with itself never differs.
 *
 * @throws UsageError if two names stand for the same kernel.
 */
export function assertDistinct(
  command: string,
  subjects: readonly { readonly name: string }[],
): void {
  const names = subjects.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new UsageError(`${command}: --subjects has ${twice} twice; give different kernels`);
}

/** The name in `NAME` or `NAME@RELEASE`. */
function subjectName(text: string): SubjectName {
  const [word = ""] = text.split("@", 1);
  return isUpstream(word) ? word : oneOf("subject", word, subjectNames);
}

async function find(
  name: SubjectName,
  text: string | undefined,
  context: ChoiceContext,
): Promise<Subject> {
  const { env, host } = context.io;
  if (text !== undefined && name !== "model" && !isUpstream(name)) {
    throw new UsageError(`--release is for the model; the release of ${name} is fixed`);
  }
  const release = text === undefined ? undefined : readRelease(text, context);
  const options: FindOptions = {
    env,
    host,
    ...(name === "model" && release !== undefined && { release }),
  };
  const subject = await findSubject(name, options).catch(unavailable);
  if (isUpstream(name) && release !== undefined && release !== subject.release) {
    throw new InconclusiveError(
      `${name} was compiled for ${subject.release}, not for ${release}; build it with --as ${release}`,
    );
  }
  return subject;
}

function unavailable(error: unknown): never {
  if (error instanceof SubjectUnavailableError) throw new InconclusiveError(error.message);
  throw error;
}
