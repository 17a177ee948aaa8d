// SPDX-License-Identifier: MIT
import type { FuzzReport } from "@bpf-token/fuzz";
import type { FuzzFolder, OpenComparison, SubjectRequest } from "@bpf-token/fuzz/node";
import type { Command, Context } from "../../command.js";
import { type FuzzRequest, readRequest } from "../../input/fuzz-request.js";
import { listenForInterrupt } from "../../interrupt.js";
import { printFinding, printReport, printStart, progressLine } from "../../text/fuzz-text.js";
import { Exit } from "../../usage.js";
import { findingFiles } from "./finding-files.js";
import { fuzzMerge } from "./merge.js";
import { openSubjects } from "./open.js";
import { replay } from "./replay.js";

/** `bpf-token fuzz`: runs random sequences of calls on several kernels and compares the answers. */
export const fuzz: Command = {
  usage: `usage: bpf-token fuzz --subjects A,B[,C…]
                      [--sequences N | --steps N | --time T]
       bpf-token fuzz --replay FINDING [--subjects A,B[,C…]]
       bpf-token fuzz merge DIR…

Generates random sequences of system calls: containers, mounts, tokens and calls
that use them, invalid file descriptors and sizes, injected faults. Compares
every answer and all memory. Subjects of different releases may differ as their
models do. Every other difference is minimised and saved in a folder: the
scenario, the input bytes, and a README.md with both answers, the function in
which the executions part, and the differences beyond answers.

  --subjects A,B     kernels to compare: model@R, upstream:N, native,
                     guest:6.12, guest:uml, bpf:7.3. With a real kernel, fuzz
                     generates only calls that cannot affect other processes
  --sequences N, --steps N, --time 90s|10m|2h
                     stop after that much; default is one minute
  --seed S           seed of the sequences; default 1
  --corpus DIR       save inputs that reach new code, findings and progress in
                     DIR; the next run continues there
  --shard i/n        run one of n disjoint parts; '/n' takes i from
                     JOB_COMPLETION_INDEX, which counts from 0
  --findings N       stop after N findings; default 10
  --replay FINDING   run the input of a finding again, and print the difference:
                     the folder of a finding, or a file of bytes. The default of
                     --subjects is those of the finding, but never native
  --json             print the report as JSON

'fuzz merge' adds up the reports of shards, from one directory or several.

exit codes: 0 no unexpected difference, 1 at least one, 2 usage, 3 a subject is
            not available, a shard is missing, or nothing was compared, 130
            SIGINT or SIGTERM ended it; the corpus is complete

examples:
  bpf-token fuzz --subjects model@6.12,upstream:6.12 --time 10m
  bpf-token fuzz --subjects upstream:mine,upstream:6.12 --sequences 1000000
  bpf-token fuzz --subjects model@6.12,upstream:6.12 --shard 3/8 --corpus out
  bpf-token fuzz --subjects model@6.12,guest:6.12 --steps 100000
  bpf-token fuzz --replay fuzz-findings/finding-0123456789abcdef
`,
  options: {
    subjects: { type: "string" },
    sequences: { type: "string" },
    steps: { type: "string" },
    time: { type: "string" },
    seed: { type: "string" },
    corpus: { type: "string" },
    shard: { type: "string" },
    findings: { type: "string" },
    replay: { type: "string" },
  },
  run: async (context) => {
    if (context.parsed.files[0] === "merge") return fuzzMerge(context);
    if (context.parsed.values.replay !== undefined) return replay(context);
    const request = readRequest(context);
    const { open, subjects, close } = await openSubjects(request.subjects, context);
    try {
      const { report, interrupted } = await runFuzzer(context, request, subjects, open);
      if (context.json)
        context.printJson("fuzz", { ...report, ...(interrupted && { interrupted }) });
      else {
        if (interrupted) context.line(context.paint("warn", "interrupted"));
        printReport(context, report);
      }
      if (report.findings.length > 0) return Exit.FINDINGS;
      if (interrupted) return Exit.INTERRUPTED;
      if (report.tally.sequences === 0) return Exit.CANNOT_TELL;
      return open.names.length === subjects.length ? Exit.FINE : Exit.CANNOT_TELL;
    } finally {
      close();
    }
  },
};

/** How often progress is printed, in milliseconds. */
const PULSE = { terminal: 1_000, log: 15_000 };
/** How often the event loop gets a turn, in milliseconds, so that a signal is noticed. */
const BREATH = 200;

async function runFuzzer(
  context: Context,
  request: FuzzRequest,
  subjects: readonly SubjectRequest[],
  { comparison, names, coverage }: OpenComparison,
): Promise<{ readonly report: FuzzReport; readonly interrupted: boolean }> {
  const [{ Fuzzer, reportOf, runBlocks }, { FuzzFolder }] = await Promise.all([
    import("@bpf-token/fuzz"),
    import("@bpf-token/fuzz/node"),
  ]);
  const { corpus, seed, shard, goal } = request;
  const { stderr } = context.io;
  const live = stderr.isTTY === true;
  const interrupt = listenForInterrupt();
  const folder = corpus === undefined ? undefined : new FuzzFolder(corpus);
  const before = resumable(folder, request, names);
  const options = { seed, shard, inputs: folder?.inputs() ?? [] };
  const fuzzer = new Fuzzer(comparison, { ...options, ...(before && { block: before.block }) });
  const compared = subjects.filter(({ name }) => names.includes(name));
  const kinds = compared.map(({ scenarios }) => scenarios);
  if (!context.json) printStart(context, request, kinds, before);
  const findings: string[] = [];
  for (const event of runBlocks(fuzzer, goal, live ? PULSE.terminal : PULSE.log, BREATH)) {
    if (event.kind === "stopped") stderr.line(`bpf-token: fuzz: stopped: ${event.why}`);
    else if (event.kind === "finding") {
      const where = corpus ?? "fuzz-findings";
      const files = await findingFiles(event.finding, commandLine(request), compared);
      const name = (folder ?? new FuzzFolder(where)).addFinding(files);
      if (!context.json) printFinding(context, event.finding, `${where}/${name}`);
      findings.push(name);
    } else if (event.kind === "progress") {
      const line = progressLine(fuzzer.tally, event, coverage());
      if (live) stderr.progress(line);
      else stderr.line(line);
    }
    folder?.addInputs(fuzzer.takeFresh());
    // One turn of the event loop flushes the output and handles ^C.
    await new Promise((resolve) => setImmediate(resolve));
    if (interrupt.came()) break;
  }
  interrupt.stop();
  if (live) stderr.progress();
  folder?.addInputs(fuzzer.takeFresh());
  const report = reportOf(fuzzer, { subjects: names, seed, shard }, findings, coverage(), before);
  folder?.saveReport(report);
  return { report, interrupted: interrupt.came() };
}

/** The report of an earlier run that this one continues. */
function resumable(
  folder: FuzzFolder | undefined,
  { seed, shard }: FuzzRequest,
  names: readonly string[],
): FuzzReport | undefined {
  const report = folder?.report(shard);
  return report?.seed === seed && report.subjects.join() === names.join() ? report : undefined;
}

function commandLine({ subjects, seed, shard }: FuzzRequest): string {
  const part = shard.count === 1 ? "" : ` --shard ${shard.index + 1}/${shard.count}`;
  return `bpf-token fuzz --subjects ${subjects.join(",")} --seed ${seed}${part}`;
}
