// SPDX-License-Identifier: MIT
// Random sequences of calls on the compiled source and on the model, and the coverage of both runs.
import {
  addCounts,
  type Counts,
  countsOfKernel,
  type FileCoverage,
  Fuzzer,
  fileCoverage,
  ModuleComparison,
  mostCrashes,
  SequenceMachine,
} from "@bpf-token/fuzz";
import { createKernel } from "@bpf-token/kernel-wasm";
import { formatScenario, parseScenario, run } from "@bpf-token/scenario";
import type { UpstreamFile, UpstreamModule, WasmCompiler } from "@bpf-token/upstream";
import { buildCounting, buildSequences } from "@bpf-token/upstream/instrumented";
import { subjectOf } from "bpf-token/diff";
import { suite } from "./suite.js";
import { type ComparedRow, firstDifference } from "./suite-comparison.js";

/** How many sequences run. */
const SEQUENCES = 20_000;
const SEED = 1;

/** A line of the source, and how often it ran; undefined for a line without code. */
export interface SourceLine {
  readonly text: string;
  readonly times: number | undefined;
  /** Conditions that were never true or never false. */
  readonly never: readonly string[];
}

/** The coverage of a file. */
export interface CoveredFile {
  readonly path: string;
  readonly run: number;
  readonly total: number;
  readonly lines: readonly SourceLine[];
}

/** The first difference that the sequences found. */
export interface SequenceFinding {
  readonly message: string;
  /** The minimised sequence as a scenario. */
  readonly yaml: string;
  readonly rows: readonly ComparedRow[] | undefined;
}

/** The result of the sequences. */
export interface SequenceResult {
  readonly run: number;
  readonly finding: SequenceFinding | undefined;
  readonly coverage: readonly CoveredFile[];
}

interface Work {
  readonly files: readonly UpstreamFile[];
  readonly built: UpstreamModule;
  readonly compiler: WasmCompiler;
}

/** Runs the sequences until the first difference, and measures the coverage of suite and sequences. */
export async function compareSequences(
  { files, built, compiler }: Work,
  onProgress: (done: number, total: number) => void,
): Promise<SequenceResult> {
  const { release } = built.origin;
  const source = await buildSequences(files, { release, compiler });
  const model = await buildSequences([], { release, compiler });
  const own = built.origin.files.map(({ path }) => path);
  const machine = new SequenceMachine(source.module, { release });
  const comparison = new ModuleComparison([
    {
      ...{ name: "model", release },
      machine: new SequenceMachine(model.module, { release }),
      scenarios: subjectOf("model", () => createKernel({ release })),
    },
    {
      ...{ name: "source", release, machine },
      scenarios: subjectOf("source", () => createKernel({ module: built.module }), own),
    },
  ]);
  const fuzzer = new Fuzzer(comparison, { seed: SEED });
  let finding: SequenceFinding | undefined;
  while (fuzzer.tally.sequences < SEQUENCES && fuzzer.crashes < mostCrashes) {
    const found = fuzzer.runBlock();
    onProgress(Math.min(fuzzer.tally.sequences, SEQUENCES), SEQUENCES);
    if (found === undefined) continue;
    const { scenario, message } = fuzzer.minimize(found);
    finding = { message, yaml: formatScenario(scenario), rows: firstDifference(scenario, built) };
    break;
  }
  const counting = await buildCounting(files, { release, compiler });
  const counts = addCounts(
    machine.countsOf(comparison.totals(1)),
    countSuite(counting.module, onProgress),
  );
  const coverage = counting.coverage.map((map) =>
    coveredFile(
      fileCoverage(map, counts),
      new TextDecoder().decode(files.find(({ path }) => path === map.path)?.bytes),
    ),
  );
  return { run: fuzzer.tally.sequences, finding, coverage };
}

function countSuite(
  module: WebAssembly.Module,
  onProgress: (done: number, total: number) => void,
): Counts {
  let counts: Counts = new Map();
  for (const [i, { file, text }] of suite.entries()) {
    const kernel = createKernel({ module });
    run(kernel, parseScenario(text, { file }));
    counts = addCounts(counts, countsOfKernel(kernel, module));
    kernel.close();
    onProgress(i + 1, suite.length);
  }
  return counts;
}

function coveredFile({ path, lines, branches }: FileCoverage, text: string): CoveredFile {
  const rows = text.replace(/\n$/, "").split("\n");
  return {
    path,
    run: [...lines.values()].filter((times) => times > 0).length,
    total: lines.size,
    lines: rows.map((row, i) => ({
      text: row,
      times: lines.get(i + 1),
      never: branches
        .filter(({ line }) => line === i + 1)
        .flatMap(({ taken, notTaken }) =>
          taken === 0 ? ["never true"] : notTaken === 0 ? ["never false"] : [],
        ),
    })),
  };
}
