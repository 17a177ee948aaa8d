// SPDX-License-Identifier: MIT
import { DelegationError, parseCapabilities, parseDelegateOptions } from "@bpf-token/delegation";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import { BpfError, type DelegationOptions } from "@bpf-token/syscall";
import { bpfReleases } from "../../../generated/subject-names.js";
import type { ProgramVerdict, VerifyOptions } from "../../../verify/index.js";
import type { Command, Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { throwMalformed } from "../../input/malformed.js";
import { Exit, type ExitCode, FindingError, UsageError } from "../../usage.js";
import { type BothReport, leastNames, printBoth } from "./both.js";
import { readLimit } from "./limit.js";
import { openVerifier } from "./worker.js";

const [DEFAULT_RELEASE] = bpfReleases;
const BOTH = "both";

/** The fields of `bpf-token verify --json`. */
interface VerifyReport {
  readonly file: string;
  /** The release of the source and of the configuration: `6.12.118`. */
  readonly release: string;
  readonly programs: readonly ProgramVerdict[];
}

/** `bpf-token verify`: the verdicts of Linux's own verifier, without root. */
export const verify: Command = {
  usage: `usage: bpf-token verify OBJECT [--release R] [--program NAME,…] [--caps CAP,…]
                        [--token AXIS=NAME[:NAME…][,AXIS=…]]
                        [--least] [--limit SECONDS] [--log] [--json]

Loads each program of a compiled BPF object alone on Linux's own BPF subsystem,
compiled to WebAssembly. Prints for each program whether the verifier accepts
it, how many instructions it processed and how many states it kept, and the
reason of a refusal with the source lines. Loads nothing on this machine.

Build the module of a release once, from Debian's kernel source:
  npm run kernel-bpf -- build ${bpfReleases.at(-1)} --fetch

  --release R        the release of the kernel: ${bpfReleases.map((one) => (one === DEFAULT_RELEASE ? `${one} (default)` : one)).join(" or ")}; with
                     'both', print the two verdicts side by side, and for each
                     difference the log lines and capabilities that differ
  --program NAME,…   load these programs; default: all without '?' in SEC()
  --caps CAP,…       capabilities of the process: bpf,net_admin, 'none' or 'all'
                     (default); with --token, in its own user namespace
  --token …          put the process into its own user namespace, with a token
                     that delegates this, as with 'exec --delegate'
  --least            find the least capabilities of each program: remove each
                     one, and see whether the kernel still accepts
  --limit SECONDS    stop a program whose verification does not end; default: 10
  --log              print the whole log of the verifier
  --json             print the whole report as JSON

exit codes: 0 all accepted, 1 a program was refused, or OBJECT is malformed,
            2 usage, or OBJECT cannot be read, 3 the module is missing, does not
            have what a program needs, or did not end within the limit

examples:
  bpf-token verify program.bpf.o
  bpf-token verify program.bpf.o --release both
  bpf-token verify program.bpf.o --least --release ${bpfReleases.at(-1)}
  bpf-token verify program.bpf.o --caps bpf,net_admin
  bpf-token verify program.bpf.o --token \\
    'cmds=any;maps=any;progs=xdp;attachs=any' --caps bpf
`,
  options: {
    release: { type: "string" },
    program: { type: "string", multiple: true },
    caps: { type: "string" },
    token: { type: "string", multiple: true },
    least: { type: "boolean" },
    limit: { type: "string" },
    log: { type: "boolean" },
  },
  values: { release: [...bpfReleases, BOTH] },
  run: async (context) => {
    const { files, values } = context.parsed;
    const [file] = files;
    if (file === undefined || files.length > 1)
      throw new UsageError("verify: needs exactly one OBJECT");
    const options = readOptions(values);
    const limit = readLimit("verify", values.limit);
    const bytes = await readInputFile(file);
    assertPrograms(readObject(file, bytes), options.programs ?? []);
    return verifyWith(context, { file, bytes, options, limit });
  },
};

function readOptions(values: Context["parsed"]["values"]): VerifyOptions {
  const { caps, token, program, log } = values;
  try {
    return {
      wholeLog: log === true,
      least: values.least === true,
      ...(caps === undefined ? {} : { capabilities: parseCapabilities(String(caps)) }),
      ...(Array.isArray(token) ? { delegation: delegationOf(token.map(String)) } : {}),
      ...(Array.isArray(program)
        ? { programs: program.flatMap((words) => String(words).split(",")) }
        : {}),
    };
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    throw new UsageError(`verify: ${error.message}`);
  }
}

/** `delegate_cmds=prog_load` as a property. */
function delegationOf(words: readonly string[]): DelegationOptions {
  return Object.fromEntries(
    parseDelegateOptions(words).map((option) => {
      const at = option.indexOf("=");
      return [option.slice(0, at), option.slice(at + 1)];
    }),
  );
}

function readObject(file: string, bytes: Uint8Array): ObjectSpec {
  try {
    return parseObject(bytes, { name: file });
  } catch (error) {
    return throwMalformed(file, error);
  }
}

function assertPrograms(object: ObjectSpec, programs: readonly string[]): void {
  const known = object.programs.map(({ name }) => name);
  const wrong = programs.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  const has = `it has: ${known.join(", ")}`;
  throw new UsageError(`verify: the object has no program '${wrong}' (${has})`);
}

interface Request {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly options: VerifyOptions;
  readonly limit: number;
}

async function verifyWith(context: Context, request: Request): Promise<ExitCode> {
  const { file, options } = request;
  const release = String(context.parsed.values.release ?? DEFAULT_RELEASE);
  const whole = options.wholeLog === true;
  try {
    if (release === BOTH) {
      const report = await verifyOnBoth(context, request);
      if (context.json) context.printJson("verify-both", report);
      else printBoth(context, report, whole);
      return exitOf(report.programs.flatMap(({ verdicts }) => verdicts));
    }
    const report = { file, ...(await verdictsOn(context, request, release)) };
    if (context.json) context.printJson("verify", report);
    else printReport(context, report, whole);
    return exitOf(report.programs);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    throw new FindingError(`verify: the token cannot be created: ${error.message}`);
  }
}

async function verdictsOn(
  context: Context,
  { file, bytes, options, limit }: Request,
  release: string,
): Promise<Omit<VerifyReport, "file">> {
  const from = import.meta.url;
  const opened = { command: "verify", from, release, limit };
  const { kernel, worker } = await openVerifier(context, opened);
  const { verifyInWorker } = await import("../../../verify/index.js");
  try {
    const programs: ProgramVerdict[] = [];
    for await (const one of verifyInWorker(worker, { kernel, object: bytes, name: file, options }))
      programs.push(one);
    return { release: kernel.release, programs };
  } finally {
    worker.close();
  }
}

async function verifyOnBoth(context: Context, request: Request): Promise<BothReport> {
  const { compareVerdicts } = await import("../../../verify/index.js");
  const ask = (options: VerifyOptions) =>
    Promise.all([
      verdictsOn(context, { ...request, options }, DEFAULT_RELEASE),
      verdictsOn(context, { ...request, options }, bpfReleases.at(-1) ?? DEFAULT_RELEASE),
    ]);
  const [older, newer] = await ask(request.options);
  const pairs = older.programs.map((one, i) => [one, newer.programs[i] ?? one] as const);
  const differ = pairs.filter(([one, two]) => compareVerdicts(one, two) !== null);
  const programs = differ.map(([{ name }]) => name);
  // Only a whole log has the instructions of an accepted program.
  const whole =
    programs.length === 0
      ? []
      : await ask({ ...request.options, programs, wholeLog: true, least: false });
  return {
    file: request.file,
    releases: [older.release, newer.release],
    programs: pairs.map(([one, two]) => {
      const { name, type } = one;
      const [first, second] = whole.map((part) => part.programs.find((it) => it.name === name));
      const difference =
        first && second ? compareVerdicts(one, two, [first.log, second.log]) : null;
      return { name, type, verdicts: [one, two], difference };
    }),
  };
}

function exitOf(programs: readonly ProgramVerdict[]): ExitCode {
  if (programs.some(({ verdict }) => verdict === "refused")) return Exit.FINDINGS;
  return programs.every(({ verdict }) => verdict === "accepted") ? Exit.FINE : Exit.CANNOT_TELL;
}

const colour = {
  accepted: "good",
  refused: "bad",
  unmodelled: "warn",
  unfinished: "warn",
} as const;

function printReport({ line, paint }: Context, report: VerifyReport, whole: boolean): void {
  line(`${paint("strong", report.file)} on Linux ${report.release}`);
  for (const program of report.programs) {
    const { name, type, verdict, reason, instructions, states } = program;
    const counted = instructions === null ? "" : `: ${instructions} instructions, ${states} states`;
    line(`  ${name} (${type}): ${paint(colour[verdict], verdict)}${counted}`);
    if (reason !== "") line(`    ${reason.split("\n").join("\n    ")}`);
    const missing = program.capabilities.filter(({ granted }) => !granted);
    if (verdict === "refused" && missing.length > 0)
      line(`    the process lacks: ${missing.map((one) => one.name).join(", ")}`);
    for (const one of program.least ?? []) line(`    needs ${one.name}: else ${one.without}`);
    const text = whole ? program.log : program.explanation;
    for (const row of text.trimEnd().split("\n"))
      if (row !== "") line(`    ${row.replaceAll("\t", "    ")}`);
  }
  const found = report.programs.flatMap(({ least }) => least ?? []);
  if (report.programs.some(({ least }) => least !== null))
    line(`  least capabilities: ${leastNames(found)}`);
}
