// SPDX-License-Identifier: MIT
import type { FuzzReport } from "@bpf-token/fuzz";
import type { FuzzFolder, OpenComparison, SubjectRequest } from "@bpf-token/fuzz/node";
import { modelRuns } from "../../diff/model-runs.js";
import { KernelPool } from "../../subjects/pool.js";
import type { Subject } from "../../subjects/subject.js";
import type { Command, CommandIo, Context } from "../command.js";
import { type FuzzRequest, readRequest } from "../input/fuzz-request.js";
import { assertDistinct, chooseComparable } from "../input/kernels.js";
import { listenForInterrupt } from "../interrupt.js";
import { printFinding, printReport, printStart, progressLine } from "../text/fuzz-text.js";
import { Exit } from "../usage.js";
import { fuzzMerge } from "./fuzz-merge.js";

/** `bpf-token fuzz`: runs random sequences of calls on several kernels and compares the answers. */
export const fuzz: Command = {
  summary: "compares kernels by random sequences of calls",
  usage: `usage: bpf-token fuzz --subjects A,B[,C…]
                      [--sequences N | --steps N | --time T]
       bpf-token fuzz merge DIR…

Generates random sequences of system calls: containers, mounts, tokens and calls
that use them, invalid file descriptors and sizes, injected faults. Compares
every answer and all memory. Subjects of different releases may differ as their
models do. Every other difference is minimised and saved as a scenario.

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
  },
  run: async (context) => {
    if (context.parsed.files[0] === "merge") return fuzzMerge(context);
    const request = readRequest(context);
    const choices: Subject[] = [];
    for (const name of request.subjects) choices.push(await chooseComparable(name, context));
    const pools = choices.map((choice) => new KernelPool(choice));
    const subjects = choices.map((choice, i) => subjectRequest(choice, pools[i] as KernelPool));
    assertDistinct("fuzz", subjects);
    const open = await openSubjects(subjects, context.io);
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
      return open.names.length === choices.length ? Exit.FINE : Exit.CANNOT_TELL;
    } finally {
      open.close();
      for (const pool of pools) pool.close();
    }
  },
};

function subjectRequest(choice: Subject, pool: KernelPool): SubjectRequest {
  const { backend, release, own, upstream } = choice;
  const name = own === "kernel" ? backend : `${backend}@${release}`;
  return {
    name,
    release,
    own,
    open: () => choice.open(true),
    scenarios: { name, release, own, run: (scenario) => pool.run(scenario) },
    ...(upstream !== undefined && { upstream }),
    // Root in a guest can change state that later sequences see: /proc modes, mounts, sysctls.
    ...(choice.shared && { changes: true }),
    ...(choice.bpf !== undefined && { boots: true }),
  };
}

async function openSubjects(
  subjects: readonly SubjectRequest[],
  io: CommandIo,
): Promise<OpenComparison> {
  const [{ openComparison }, { defaultCompiler, storeFolder, UpstreamStore }] = await Promise.all([
    import("@bpf-token/fuzz/node"),
    import("@bpf-token/upstream/node"),
  ]);
  return openComparison(subjects, {
    store: new UpstreamStore(storeFolder(io.env)),
    compiler: defaultCompiler,
    modelRun: modelRuns(),
    onSkippedSubject: (name, why) => io.stderr.line(`bpf-token: fuzz: ${name}: ${why}`),
  });
}

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
  const [{ Fuzzer, findingText, reportOf, runBlocks }, { FuzzFolder }] = await Promise.all([
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
      const text = findingText(event.finding, commandLine(request));
      const name = (folder ?? new FuzzFolder(where)).addFinding(event.finding.input, text);
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
