// SPDX-License-Identifier: MIT

import {
  knownReasons,
  LiveFuzzer,
  type LiveSubject,
  type Played,
  shrunk,
  sum,
} from "@bpf-token/fuzz";
import { FuzzFolder, type FuzzReport } from "@bpf-token/fuzz/node";
import type { NativeKernel } from "@bpf-token/kernel-native";
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import { type CallSequence, type Kernel, KernelLostError } from "@bpf-token/syscall";
import { modelRuns } from "../diff/model-runs.js";
import type { Context } from "./command.js";
import { nameOf, openTame } from "./fuzz-machines.js";
import type { FuzzRequest } from "./fuzz-options.js";
import { blocks, resumable, saveFinding, tellStart } from "./fuzz-run.js";
import { tellReport } from "./fuzz-text.js";
import type { KernelChoice } from "./input/kernels.js";
import { Exit, type ExitCode, UsageError } from "./usage.js";

/** `bpf-token fuzz` with real kernels among the subjects. */
export async function fuzzLive(
  context: Context,
  request: FuzzRequest,
  choices: readonly KernelChoice[],
): Promise<ExitCode> {
  const [first] = choices;
  if (first === undefined) throw new UsageError("fuzz: --subjects needs two or more");
  const machine = await openTame(first.release, context.io);
  const { subjects, close } = openSubjects(choices);
  const folder = request.corpus === undefined ? undefined : new FuzzFolder(request.corpus);
  const names = subjects.map(({ name }) => name);
  const before = resumable(folder, request, names);
  const fuzzer = new LiveFuzzer(machine, subjects, knownReasons, modelRuns(), {
    seed: request.seed,
    shard: request.shard,
    inputs: folder?.inputs() ?? [],
    ...(before === undefined ? {} : { block: before.block }),
  });
  if (!context.json) tellStart(context, request, subjects, before);
  const findings: string[] = [];
  try {
    for await (const finding of blocks(context, fuzzer, async () => [], request, findings)) {
      findings.push(saveFinding(context, request, folder, shrunk(finding, fuzzer)));
    }
  } finally {
    close();
  }
  const ended = new Map(Object.entries(before?.ended ?? {}));
  for (const [why, n] of fuzzer.ended) ended.set(why, (ended.get(why) ?? 0) + n);
  const report: FuzzReport = {
    subjects: names,
    seed: request.seed,
    shard: request.shard,
    block: fuzzer.block,
    tally: sum([fuzzer.tally, ...(before === undefined ? [] : [before.tally])]),
    expected: fuzzer.expected + (before?.expected ?? 0),
    ended: Object.fromEntries(ended),
    coverage: [],
    findings: [...(before?.findings ?? []), ...findings],
  };
  folder?.saveReport(report);
  if (context.json) context.printJson("fuzz", report);
  else tellReport(context, report);
  return report.findings.length > 0 ? Exit.FINDINGS : Exit.FINE;
}

function openSubjects(choices: readonly KernelChoice[]) {
  const pools = choices.map((choice) => new LiveKernel(choice));
  const subjects = choices.map((choice, i): LiveSubject => {
    const pool = pools[i] as LiveKernel;
    return {
      name: nameOf(choice),
      release: choice.release,
      own: choice.own,
      run: (scenario) => pool.run(scenario),
      ...(choice.own === "kernel" ? { play: (plays) => pool.play(plays) } : {}),
      // A guest is changed by those who are root in it: modes of /proc, mounts, sysctls.
      ...(choice.backend.startsWith("guest:") ? { renew: () => pool.close() } : {}),
    };
  });
  const close = (): void => {
    for (const pool of pools) pool.close();
  };
  return { subjects, close };
}

/** Executors of a real kernel that work at the same time: mostly they wait for it. */
const WIDTH = 2;

/**
 * A kernel that lives through many scenarios. A real one stays, since each sequence has a root and
 * mounts of its own; a model is booted for each, which takes less than a millisecond.
 */
class LiveKernel {
  readonly #choice: KernelChoice;
  #kernels: readonly Kernel[] | undefined;

  constructor(choice: KernelChoice) {
    this.#choice = choice;
  }

  run(scenario: Scenario): Trace {
    const [kernel] = this.#open();
    const trace = run(kernel as Kernel, scenario);
    const lost = trace.events.some(({ outcome }) => outcome === "lost");
    if (lost || trace.events.length === 0 || this.#choice.own !== "kernel") this.close();
    return trace;
  }

  /** Only of a real kernel. */
  play(plays: readonly CallSequence[]): () => Played | undefined {
    const kernels = this.#open() as readonly NativeKernel[];
    const share = Math.ceil(plays.length / kernels.length);
    try {
      const collects = kernels.map((one, i) =>
        one.runSequences(plays.slice(i * share, (i + 1) * share)),
      );
      return () => {
        try {
          const answers = collects.flatMap((collect) => collect());
          return { kernel: kernels[0] as Kernel, answers };
        } catch (error) {
          return this.#lose(error);
        }
      };
    } catch (error) {
      this.#lose(error);
      return () => undefined;
    }
  }

  close(): void {
    for (const kernel of this.#kernels ?? []) kernel.close();
    this.#kernels = undefined;
  }

  #open(): readonly Kernel[] {
    const width = this.#choice.own === "kernel" ? WIDTH : 1;
    this.#kernels ??= Array.from({ length: width }, () => this.#choice.open(true));
    return this.#kernels;
  }

  /** Those that are left may still be at work: all are opened anew. */
  #lose(error: unknown): undefined {
    if (!(error instanceof KernelLostError)) throw error;
    this.close();
  }
}
