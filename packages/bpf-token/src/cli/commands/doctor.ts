// SPDX-License-Identifier: MIT
import { basename } from "node:path";
import type { Diagnosis, Facts } from "@bpf-token/diagnose";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import type { Command, Context } from "../command.js";
import { readInputFile, writeOutputFile } from "../input/files.js";
import { throwMalformed } from "../input/malformed.js";
import { readRelease } from "../input/release.js";
import { readReport } from "../input/report.js";
import { doctorLines } from "../text/doctor-text.js";
import { proseWidth } from "../text/paint.js";
import { sarifOf } from "../text/sarif.js";
import { Exit, FindingError, InconclusiveError, oneOf, UsageError } from "../usage.js";

/** `bpf-token doctor`: why a process cannot create or use a token, and what to change. */
export const doctor: Command = {
  summary: "says why a process cannot use a token, and what to change",
  usage: `usage: bpf-token doctor [OBJECT…] [--pid N | --container NAME | --from FILE]
                        [--loader libbpf|plain] [--release RELEASE]
                        [--bundle FILE] [--full] [--json | --sarif]

Reads what decides about the bpf() calls of a process: its capabilities, user
namespace, BPF filesystems with their delegate masks, seccomp, lockdown and
security modules. Asks the model of its kernel whether it can create a token.
With OBJECT, says everything that the token or the process lacks to load it.
Changes nothing and makes no bpf() call.

  --pid N            this process; default: bpf-token itself
  --container NAME   the oldest process of a systemd unit, of an LXD or Incus
                     container, or of a container with this id
  --from FILE        judge a report of another machine; '-' is standard input
  --loader LOADER    what loads OBJECT: 'libbpf' 1.4 to 1.7, which probes the
                     kernel first (default), or 'plain', which does not
  --release RELEASE  judge as this release of Linux
  --bundle FILE      write the report for --from, without names and paths
  --full             with --bundle: keep names and paths
  --json             print the diagnosis as JSON
  --sarif            print the findings as SARIF 2.1.0, for code scanning

exit codes: 0 no error found, 1 errors found, 2 usage, or an input cannot be
            read, 3 the process cannot be read, or FILE cannot be written

examples:
  bpf-token doctor --container agent.service xdp.bpf.o
  bpf-token doctor --pid 4711 --bundle report.json
  bpf-token doctor --from report.json xdp.bpf.o
`,
  options: {
    pid: { type: "string" },
    container: { type: "string" },
    from: { type: "string" },
    loader: { type: "string" },
    release: { type: "string" },
    bundle: { type: "string" },
    full: { type: "boolean" },
    sarif: { type: "boolean" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    const asked = ["pid", "container", "from"].filter((name) => values[name] !== undefined);
    if (asked.length > 1) throw new UsageError(`doctor: give only one of --${asked.join(", --")}`);
    if (values.full === true && values.bundle === undefined) {
      throw new UsageError("doctor: --full needs --bundle");
    }
    if (values.sarif === true && context.json) {
      throw new UsageError("doctor: give only one of --json, --sarif");
    }
    const loader = oneOf("loader", String(values.loader ?? "libbpf"), ["libbpf", "plain"] as const);
    const objects = await readObjects(files);
    const { diagnose, redact } = await import("@bpf-token/diagnose");
    const facts = await factsFor(context);
    if (typeof values.bundle === "string") {
      const bundle = values.full === true ? facts : redact(facts);
      await writeOutputFile(values.bundle, `${JSON.stringify(bundle, null, 2)}\n`);
    }
    const release =
      typeof values.release === "string" ? readRelease(values.release, context) : undefined;
    let diagnosis: Diagnosis;
    try {
      diagnosis = diagnose(facts, {
        objects,
        loader,
        ...(release === undefined ? {} : { release }),
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new FindingError(`doctor: ${error.message}; give a release with --release`);
    }
    if (values.sarif === true) printSarif(context, diagnosis, facts);
    else if (context.json) context.printJson("doctor", { ...diagnosis, unknown: facts.unknown });
    else {
      const lines = doctorLines(diagnosis, facts, context.paint, proseWidth(context.out));
      for (const text of lines) context.line(text);
    }
    return diagnosis.ok ? Exit.FINE : Exit.FINDINGS;
  },
};

function printSarif({ out }: Context, diagnosis: Diagnosis, { program, pid }: Facts): void {
  out.lines(JSON.stringify(sarifOf(diagnosis, `${program} (pid ${pid})`), null, 2));
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
    const { pid, container } = values;
    if (typeof container === "string") return collectFacts(findContainer(container));
    return collectFacts(typeof pid === "string" ? readPid(pid) : process.pid);
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    throw new InconclusiveError(`doctor: ${error.message}`);
  }
}

function readPid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new UsageError(`doctor: --pid needs the number of a process, got '${text}'`);
  }
  return Number(text);
}
