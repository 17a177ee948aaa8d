// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { Collection, LoadError, type LoadOptions, type PlanOptions, plan } from "@bpf-token/loader";
import { Btf, type ObjectSpec, parseObject } from "@bpf-token/object";
import type { Command, Context } from "../command.js";
import { readInputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { columns } from "../text/inspect-text.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../usage.js";
import {
  type LoadReport,
  loadedReport,
  type PlanReport,
  planReport,
  refusedReport,
} from "./load-report.js";

const KERNEL_TYPES = "/sys/kernel/btf/vmlinux";
/** So many instructions of a verifier's log are shown. */
const STEPS = 10;

/** `bpf-token load`: whether an object can be loaded here, and what is missing if not. */
export const load: Command = {
  summary: "loads a BPF object as this process may, and says what is missing",
  usage: `usage: bpf-token load OBJECT [--token auto|never|PATH] [--program NAME,…]
                      [--dry-run [--loader libbpf]] [--log] [--json]

Loads a compiled BPF object on the running kernel as this process, through a
token if there is one, tells what came of it, and lets all of it go again. What
is not loaded is told with the reason: what the policy lacks and the line to
add, or the verifier's reason with the line of source.

  --token auto       a token as libbpf and others look for it: the path in
                     LIBBPF_BPF_TOKEN_PATH, else any BPF FS that delegates;
                     'never' for none, a PATH for that one or nothing
  --program NAME,…   these programs; default are those without '?' in SEC()
  --dry-run          the bpf() calls that it would make, without making any;
                     works everywhere
  --loader libbpf    with --dry-run: also what libbpf 1.5 tries of a kernel before,
                     with maps and programs of its own
  --log              the whole log of the verifier
  --json             everything as JSON

exit codes: 0 loaded, 1 not loaded or malformed, 2 usage or no such file,
            3 it cannot be tried

examples:
  bpf-token load program.bpf.o
  bpf-token load program.bpf.o --token /sys/fs/bpf
  bpf-token load program.bpf.o --dry-run
  bpf-token exec --delegate 'cmds=any;maps=any;progs=any;attachs=any' -- \\
    npx bpf-token load program.bpf.o
`,
  options: {
    token: { type: "string" },
    program: { type: "string", multiple: true },
    "dry-run": { type: "boolean" },
    loader: { type: "string" },
    log: { type: "boolean" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    const [file] = files;
    if (file === undefined || files.length > 1) throw new UsageError("load: give one OBJECT");
    if (values["dry-run"] === true && values.token !== undefined && values.token !== "never") {
      throw new UsageError("load: --dry-run asks nobody for a token: leave --token out");
    }
    const loader = loaderOf(values.loader, values["dry-run"] === true);
    const bytes = await readInputFile(file);
    let object: ObjectSpec;
    try {
      object = parseObject(bytes, { name: file });
    } catch (error) {
      throwMalformed(file, error);
    }
    const programs = programsOf(object, values.program);
    if (values["dry-run"] === true) {
      return dryRun(context, file, object, { ...programs, loader });
    }
    return tryLoad(context, file, object, programs);
  },
};

type Programs = Pick<LoadOptions, "programs">;
type Loader = NonNullable<PlanOptions["loader"]>;

function loaderOf(given: unknown, dry: boolean): Loader {
  if (given === undefined) return "bpf-token";
  if (!dry) throw new UsageError("load: --loader is for --dry-run");
  if (given === "libbpf" || given === "bpf-token") return given;
  throw new UsageError(`load: --loader is libbpf or bpf-token, not '${String(given)}'`);
}

function programsOf(object: ObjectSpec, given: unknown): Programs {
  if (!Array.isArray(given)) return {};
  const names = given.flatMap((words) => String(words).split(","));
  const known = object.programs.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return { programs: names };
  throw new UsageError(`load: there is no program '${wrong}'; there are: ${known.join(", ")}`);
}

function dryRun(
  context: Context,
  file: string,
  object: ObjectSpec,
  options: PlanOptions,
): ExitCode {
  // The plan is for this machine's kernel where there is one; else for one without types.
  const types = existsSync(KERNEL_TYPES) ? Btf.parse(readFileSync(KERNEL_TYPES)) : undefined;
  const report = planReport(
    file,
    plan(object, { ...options, ...(types === undefined ? {} : { kernelBtf: types }) }),
  );
  if (context.json) context.printJson("load-plan", report);
  else printPlan(context, report);
  return report.error === undefined ? Exit.FINE : Exit.FINDINGS;
}

function printPlan({ line, paint }: Context, { calls, notes, error }: PlanReport): void {
  for (const { cmd, subject, feature, attr } of calls) {
    const fields = Object.entries(attr).map(([name, value]) => `${name}=${String(value)}`);
    const about = feature === undefined ? subject : `(tries ${feature})`;
    line(`${paint("call", cmd)}${about === "" ? "" : ` ${about}`}  ${fields.join(" ")}`);
  }
  for (const { subject, text } of notes) line(paint("warn", `note: ${subject}: ${text}`));
  if (error !== undefined) line(paint("bad", `ends here: ${error}`));
}

async function tryLoad(
  context: Context,
  file: string,
  object: ObjectSpec,
  programs: Programs,
): Promise<ExitCode> {
  const { token = "auto", log } = context.parsed.values;
  const { currentTask, NativeUnavailableError } = await import("@bpf-token/kernel-native");
  let report: LoadReport;
  try {
    const options = { ...programs, token: String(token), env: context.io.env };
    const loaded = await Collection.loadAsync(currentTask(), object, options);
    report = loadedReport(file, loaded);
    loaded.close();
  } catch (error) {
    if (error instanceof NativeUnavailableError)
      throw new InconclusiveError(`load: ${error.message}`);
    if (!(error instanceof LoadError)) throw error;
    report = refusedReport(file, object, error, STEPS);
  }
  if (context.json) context.printJson("load", report);
  else printReport(context, report, log === true);
  return report.loaded ? Exit.FINE : Exit.FINDINGS;
}

function printReport({ line, paint }: Context, report: LoadReport, whole: boolean): void {
  const { file, token, maps = [], programs = [], notes, error } = report;
  if (error !== undefined) {
    const { phase, subject, reason, missing, verifier, log } = error;
    line(`${paint("strong", file)}: ${paint("bad", "not loaded")}`);
    line(`  ${phase}${subject === "" ? "" : ` ${subject}`}: ${reason}`);
    if (missing !== null) line(`  missing: ${missing.axis} ${missing.name}; ${missing.line}`);
    const text = whole && log !== "" ? log : verifier;
    for (const row of text.trimEnd().split("\n")) if (row !== "") line(`  ${row}`);
    return;
  }
  line(`${paint("strong", file)}: ${paint("good", "loaded")}`);
  if (token?.path != null)
    line(`  with a token of ${token.path}: ${token.allows ?? "masks unknown"}`);
  else
    for (const { path, reason } of token?.reasons ?? [])
      line(`  no token: ${path === "" ? "" : `${path}: `}${reason}`);
  for (const row of columns(
    programs.map(({ name, type, id }) => ["program", name, type, `id ${id}`]),
  )) {
    line(row);
  }
  for (const row of columns(maps.map(({ name, type, id }) => ["map", name, type, `id ${id}`])))
    line(row);
  for (const { subject, text } of notes) line(paint("warn", `  note: ${subject}: ${text}`));
}
