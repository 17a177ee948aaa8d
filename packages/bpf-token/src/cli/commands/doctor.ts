// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import type { Diagnosis, Facts, ObservedProcess, TrialAnswer } from "@bpf-token/diagnose";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import type { KernelRelease } from "@bpf-token/uapi";
import { wrap } from "../../text/wrap.js";
import type { Command, Context } from "../command.js";
import { readInputFile, writeOutputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { observeCommand } from "../input/observed.js";
import { readRelease } from "../input/release.js";
import { readReport } from "../input/report.js";
import { jsonDocument } from "../json.js";
import type { Output } from "../output.js";
import { withPage } from "../text/finding-page.js";
import { proseWidth } from "../text/paint.js";
import { sarifOf } from "../text/sarif.js";
import { Exit, FindingError, InconclusiveError, oneOf, UsageError } from "../usage.js";

/** `bpf-token doctor`: why a process cannot create or use a token, and what to change. */
export const doctor: Command = {
  usage: `usage: bpf-token doctor [OBJECT…] [--pid N | --container NAME | --from FILE]
                        [--loader libbpf|plain] [--release RELEASE]
                        [--try] [--seccomp] [--fix] [--bundle FILE] [--full]
                        [--json | --sarif] [-- COMMAND [ARGUMENT…]]

Reads what decides about the bpf() calls of a process: its capabilities, user
namespace, BPF filesystems with their delegate masks, seccomp, lockdown and
security modules. Asks the model of its kernel whether it can create a token.
With OBJECT, says everything that the token or the process lacks to load it.
Changes nothing and makes no bpf() call, except with COMMAND or --try.

With COMMAND, runs it, records its calls as 'trace' does, and judges the process
whose call the kernel refused first. Findings then go to standard error.

  --pid N            this process; default: bpf-token itself
  --container NAME   the oldest process of a systemd unit, of a container with
                     this name or id (LXD, Incus, Docker, Podman, nerdctl), or
                     of a pod's container: NAMESPACE/POD/CONTAINER
  --from FILE        judge a report of another machine; '-' is standard input
  --loader LOADER    what loads OBJECT: 'libbpf' 1.4 to 1.7, which probes the
                     kernel first (default), or 'plain', which does not
  --release RELEASE  judge as this release of Linux
  --try              also create a token from each BPF filesystem, load OBJECT
                     with it, and compare the answers of the kernel with the
                     predictions; all of it is closed at once. For another
                     process, with its user namespace and capabilities, but
                     without its seccomp filters and security label
  --seccomp          also read the seccomp filters of another process, and say
                     what they answer to bpf(). Stops the process for a moment;
                     needs CAP_SYS_ADMIN on the host
  --fix              print complete settings for OBJECT in the form of the
                     process's manager, ready for a file: a drop-in of systemd,
                     keys of Incus, options or annotations. Findings then go to
                     standard error
  --bundle FILE      write the report for --from, without names and paths
  --full             with --bundle: keep names and paths
  --json             print the diagnosis as JSON
  --sarif            print the findings as SARIF 2.1.0, for code scanning

exit codes: 0 no error found, 1 errors found, 2 usage, or an input cannot be
            read, 3 the process cannot be read or COMMAND cannot be run, or FILE
            cannot be written

examples:
  bpf-token doctor --container agent.service xdp.bpf.o
  bpf-token doctor --container kube-system/agent-x7f2k
  bpf-token doctor --container agent.service xdp.bpf.o --fix > override.conf
  bpf-token doctor --pid 4711 --bundle report.json
  bpf-token doctor --from report.json xdp.bpf.o
  bpf-token doctor --try --pid 4711 xdp.bpf.o
  bpf-token doctor -- bpftool prog load xdp.bpf.o /sys/fs/bpf/xdp
`,
  options: {
    pid: { type: "string" },
    container: { type: "string" },
    from: { type: "string" },
    loader: { type: "string" },
    release: { type: "string" },
    bundle: { type: "string" },
    full: { type: "boolean" },
    try: { type: "boolean" },
    seccomp: { type: "boolean" },
    fix: { type: "boolean" },
    sarif: { type: "boolean" },
  },
  run: async (context) => {
    const { files, values, rest } = context.parsed;
    checkOptions(context);
    const loader = oneOf("loader", String(values.loader ?? "libbpf"), ["libbpf", "plain"] as const);
    const paths = files.slice(0, files.length - (rest?.length ?? 0));
    const objects = await readObjects(paths);
    const { diagnose, isGvisor, redact } = await import("@bpf-token/diagnose");
    const release =
      typeof values.release === "string" ? readRelease(values.release, context) : undefined;
    const [asked, ...others] = rest === undefined ? [] : await observe(rest, release, context);
    const facts = asked?.facts ?? (await factsFor(context));
    if (typeof values.bundle === "string") {
      const bundle = values.full === true ? facts : redact(facts);
      await writeOutputFile(values.bundle, `${JSON.stringify(bundle, null, 2)}\n`);
    }
    // The kernel of the host would answer, which the program in gVisor never reaches.
    const helps = !isGvisor(facts);
    const trial = values.try === true && helps ? await tryThem(facts, objects, context) : undefined;
    const diagnosis = await orReleaseError(() =>
      diagnose(facts, {
        objects,
        loader,
        ...(release === undefined ? {} : { release }),
        ...(asked === undefined ? {} : { observed: asked }),
        ...(trial === undefined ? {} : { trial }),
      }),
    );
    const given = release === undefined ? {} : { release };
    const all: readonly Judged[] = [
      { facts, diagnosis },
      ...others.map((observed) => ({
        facts: observed.facts,
        diagnosis: diagnose(observed.facts, { ...given, observed }),
      })),
    ];
    const own = asked === undefined && values.fix !== true;
    await print(context, all, own ? context.out : context.io.stderr);
    if (values.fix === true && helps) {
      const { managerFix } = await import("../../policy/fix.js");
      const { settings, place } = managerFix(facts, objects, { loader, ...given });
      for (const setting of settings) context.line(setting);
      for (const text of wrap(`fix: ${place}`, proseWidth(context.io.stderr))) {
        context.io.stderr.line(text);
      }
    }
    return all.every((one) => one.diagnosis.ok) ? Exit.FINE : Exit.FINDINGS;
  },
};

function checkOptions({ json, parsed: { files, values, rest } }: Context): void {
  const asked = ["pid", "container", "from"]
    .filter((name) => values[name] !== undefined)
    .map((name) => `--${name}`);
  const sources = rest === undefined ? asked : [...asked, "-- COMMAND"];
  if (sources.length > 1) throw new UsageError(`doctor: give only one of ${sources.join(", ")}`);
  if (values.try === true && (rest !== undefined || values.from !== undefined)) {
    throw new UsageError("doctor: --try needs a running process: --pid, --container, or this one");
  }
  if (values.seccomp === true && values.pid === undefined && values.container === undefined) {
    throw new UsageError("doctor: --seccomp needs --pid or --container");
  }
  if (values.full === true && values.bundle === undefined) {
    throw new UsageError("doctor: --full needs --bundle");
  }
  if (values.fix === true && (files.length === 0 || rest !== undefined)) {
    throw new UsageError("doctor: --fix needs an OBJECT, because the settings depend on it");
  }
  if (values.fix === true && (json || values.sarif === true)) {
    throw new UsageError("doctor: give only one of --fix, --json, --sarif");
  }
  if (values.sarif === true && json) {
    throw new UsageError("doctor: give only one of --json, --sarif");
  }
}

/** A lazy import, because it needs the loader. */
async function tryThem(
  facts: Facts,
  objects: ReadonlyMap<string, ObjectSpec>,
  { io }: Context,
): Promise<readonly TrialAnswer[]> {
  const { MOST_TRIED, makeTrial } = await import("../input/trial.js");
  const { length } = facts.bpffs;
  if (length > MOST_TRIED) {
    io.stderr.lines(`doctor: --try uses the first ${MOST_TRIED} of ${length} BPF filesystems`);
  }
  return makeTrial(facts, objects);
}

async function observe(
  [program, ...args]: readonly string[],
  release: KernelRelease | undefined,
  context: Context,
): Promise<readonly ObservedProcess[]> {
  if (program === undefined) {
    throw new UsageError("doctor: the command is missing: doctor … -- COMMAND");
  }
  return await orReleaseError(() => observeCommand([program, ...args], release, context));
}

/** Runs a step that fails with a RangeError if the model has no such release. */
async function orReleaseError<T>(step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FindingError(`doctor: ${error.message}; give a release with --release`);
  }
}

/** A process and its diagnosis. */
interface Judged {
  readonly facts: Facts;
  readonly diagnosis: Diagnosis;
}

/** Prints the diagnosis of each process. Standard output belongs to the command, if there is one. */
async function print(context: Context, all: readonly Judged[], out: Output): Promise<void> {
  if (context.parsed.values.sarif === true) {
    const reports = all.map(({ facts: { program, pid }, diagnosis }) => ({
      diagnosis,
      about: `${program} (pid ${pid})`,
    }));
    out.lines(JSON.stringify(sarifOf(reports), null, 2));
  } else if (context.json) {
    const [first, ...more] = all.map(({ facts, diagnosis }) => ({
      ...diagnosis,
      findings: diagnosis.findings.map(withPage),
      unknown: facts.unknown,
    }));
    const value = { ...first, ...(more.length === 0 ? {} : { more }) };
    if (out === context.out) context.printJson("doctor", value);
    else out.lines(JSON.stringify(jsonDocument("doctor", value), null, 2));
  } else {
    const { doctorLines } = await import("../text/doctor-text.js");
    let count = 0;
    for (const { facts, diagnosis } of all) {
      if (count > 0) out.line("");
      for (const text of doctorLines(diagnosis, facts, context.paint, proseWidth(out), count))
        out.line(text);
      count += diagnosis.findings.length;
    }
  }
}

async function readObjects(files: readonly string[]): Promise<ReadonlyMap<string, ObjectSpec>> {
  const objects = new Map<string, ObjectSpec>();
  for (const file of files) {
    const bytes = await readInputFile(file);
    try {
      const short = basename(file);
      objects.set(objects.has(short) ? file : short, parseObject(bytes, { name: file }));
    } catch (error) {
      throwMalformed(file, error);
    }
  }
  return objects;
}

async function factsFor({ parsed: { values } }: Context): Promise<Facts> {
  if (typeof values.from === "string") return readReport(values.from);
  const { CollectError, collectFacts, findContainer } = await import("@bpf-token/diagnose/node");
  try {
    const { pid, container, seccomp } = values;
    const collect = seccomp === true ? collectWithFilters : collectFacts;
    if (typeof container === "string") return await collect(findContainer(container));
    if (typeof pid === "string") return await collect(readPid(pid));
    // Node names its process `node`, and from version 24 on `MainThread`.
    return { ...(await collect(process.pid)), program: "bpf-token" };
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    throw new InconclusiveError(`doctor: ${error.message}`);
  }
}

/** The program in C reads the facts, because Node cannot make ptrace(2) calls. */
async function collectWithFilters(pid: number): Promise<Facts> {
  const { NativeUnavailableError, nativeProgram } = await import("@bpf-token/kernel-native/record");
  const { runCollector } = await import("../input/collector.js");
  let program: string;
  try {
    program = nativeProgram("bpf-token-collect");
  } catch (error) {
    if (!(error instanceof NativeUnavailableError)) throw error;
    throw new InconclusiveError(`doctor: --seccomp is not available: ${error.why}`);
  }
  return runCollector(program, pid);
}

function readPid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new UsageError(`doctor: --pid needs the number of a process, got '${text}'`);
  }
  return Number(text);
}
