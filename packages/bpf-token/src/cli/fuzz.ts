// SPDX-License-Identifier: MIT

import { SequenceFuzzer, shrinkFinding, sum } from "@bpf-token/fuzz";
import { FuzzFolder, type FuzzReport } from "@bpf-token/fuzz/node";
import type { DiffSubject } from "@bpf-token/scenario";
import { modelRuns } from "../diff/model-runs.js";
import type { Command, Context } from "./command.js";
import {
  coverageSums,
  type FuzzMachine,
  isMachine,
  nameOf,
  openMachines,
} from "./fuzz-machines.js";
import { fuzzMerge } from "./fuzz-merge.js";
import { type FuzzRequest, readRequest } from "./fuzz-options.js";
import { blocks, resumable, saveFinding, tellStart } from "./fuzz-run.js";
import { tellReport } from "./fuzz-text.js";
import { Kernels } from "./input/kernel-pool.js";
import { chooseSubject, type KernelChoice } from "./input/kernels.js";
import { Exit, type ExitCode } from "./usage.js";

/** `bpf-token fuzz`: random sequences of calls on several kernels, until they differ. */
export const fuzz: Command = {
  summary: "compares kernels by random sequences of calls",
  usage: `usage: bpf-token fuzz --subjects A,B[,C…] [--sequences N | --steps N | --time T]
       bpf-token fuzz merge DIR…

Makes sequences of system calls out of chance: containers, mounts, tokens and
what they are used for, wrong descriptors and sizes, faults. Every answer and
all memory must be the same on all subjects, or differ as the models of their
releases do. What is not is made small and written as a scenario.

  --subjects A,B     what to compare: model@R, upstream:N, native, guest:6.12,
                     guest:uml; what could reach beyond a sequence's own
                     processes is left out where one of them is a real kernel
  --sequences N, --steps N, --time 90s|10m|2h
                     when to stop; default is a minute
  --seed S           which sequences; default 1
  --corpus DIR       keeps inputs that reach something new, findings, and how
                     far it came: the next run goes on from there
  --shard i/n        one of n disjoint parts; '/n' takes i from
                     JOB_COMPLETION_INDEX, which counts from 0
  --findings N       stop after so many; default 10
  --json             the report as JSON

'fuzz merge' adds the reports of shards up, one folder for each or one for all.

exit codes: 0 nothing unexpected, 1 something, 2 usage, 3 a subject cannot be
            had, or a shard is missing

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
    const choices: KernelChoice[] = [];
    for (const name of request.subjects) choices.push(await chooseSubject(name, context.io));
    if (!choices.every(isMachine)) {
      const { fuzzLive } = await import("./fuzz-live.js");
      return fuzzLive(context, request, choices);
    }
    return fuzzMachines(context, request, choices);
  },
};

async function fuzzMachines(
  context: Context,
  request: FuzzRequest,
  choices: readonly KernelChoice[],
): Promise<ExitCode> {
  const machines = await openMachines(choices, context.io);
  const folder = request.corpus === undefined ? undefined : new FuzzFolder(request.corpus);
  const before = resumable(
    folder,
    request,
    machines.map(({ name }) => name),
  );
  const fuzzer = new SequenceFuzzer(machines, {
    seed: request.seed,
    shard: request.shard,
    inputs: folder?.inputs() ?? [],
    ...(before === undefined ? {} : { block: before.block }),
  });
  const { subjects, close } = diffSubjects(machines.map(({ choice }) => choice));
  if (!context.json) tellStart(context, request, subjects, before);
  const findings: string[] = [];
  const coverage = () => allCoverage(machines, fuzzer);
  try {
    for await (const finding of blocks(context, fuzzer, coverage, request, findings)) {
      const small = shrinkFinding(finding, fuzzer, subjects, modelRuns());
      findings.push(saveFinding(context, request, folder, small));
      folder?.addInputs(fuzzer.takeFresh());
    }
  } finally {
    close();
  }
  folder?.addInputs(fuzzer.takeFresh());
  const { seed, shard } = request;
  const report: FuzzReport = {
    subjects: machines.map(({ name }) => name),
    seed,
    shard,
    block: fuzzer.block,
    tally: sum([fuzzer.tally, ...(before === undefined ? [] : [before.tally])]),
    expected: fuzzer.expected + (before?.expected ?? 0),
    coverage: await coverage(),
    findings: [...(before?.findings ?? []), ...findings],
  };
  folder?.saveReport(report);
  if (context.json) context.printJson("fuzz", report);
  else tellReport(context, report);
  if (report.findings.length > 0) return Exit.FINDINGS;
  return machines.length === choices.length ? Exit.FINE : Exit.CANNOT_TELL;
}

/** The same kernels for scenarios. */
function diffSubjects(choices: readonly KernelChoice[]) {
  const pools = choices.map((choice) => new Kernels(choice));
  const subjects = choices.map(
    (choice, i): DiffSubject => ({
      name: nameOf(choice),
      release: choice.release,
      own: choice.own,
      run: (scenario) => (pools[i] as Kernels).run(scenario),
    }),
  );
  const close = (): void => {
    for (const pool of pools) pool.close();
  };
  return { subjects, close };
}

async function allCoverage(machines: readonly FuzzMachine[], fuzzer: SequenceFuzzer) {
  const sums = await Promise.all(machines.map((one, i) => coverageSums(one, fuzzer.totals(i))));
  return sums.flat();
}
