// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { run, type Scenario } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import type { UpstreamFile, WasmCompiler } from "@bpf-token/upstream";
import { buildCounting, buildSequences } from "@bpf-token/upstream/instrumented";
import { Fuzzer, mostCrashes } from "../engine/fuzzer.js";
import { addCounts, countsOfKernel } from "../machine/counters.js";
import { type Counts, type FileCoverage, fileCoverage } from "../machine/coverage.js";
import { SequenceMachine } from "../machine/machine.js";
import { ModuleComparison } from "./module-comparison.js";

/** The scenarios and sequences of a coverage measurement. */
export interface CoverageRequest {
  /** The upstream files. */
  readonly files: readonly UpstreamFile[];
  readonly release: KernelRelease;
  readonly compiler: WasmCompiler;
  readonly scenarios: readonly Scenario[];
  /** The number of random sequences. */
  readonly sequences: number;
  readonly seed: number;
  /** The inputs that an earlier run kept. */
  readonly inputs: readonly Uint8Array[];
  /** Called for a scenario or sequence that ended early. */
  readonly onEnded: (message: string) => void;
}

/** A file with its coverage. */
export interface MeasuredFile {
  readonly coverage: FileCoverage;
  readonly text: string;
}

/**
 * Measures which lines and branches of upstream files the scenarios and random sequences run.
 *
 * @example
 * ```ts
 * const run = { scenarios, sequences: 1000, seed: 1, inputs: [], onEnded: console.warn };
 * const files = await measureCoverage({ files: [file], release: "6.18", compiler, ...run });
 * console.log(files[0]?.coverage.branches);
 * ```
 */
export async function measureCoverage(request: CoverageRequest): Promise<readonly MeasuredFile[]> {
  const { files, release, compiler } = request;
  const counting = await buildCounting(files, { release, compiler });
  const sequences = await buildSequences(files, { release, compiler });
  const ofScenarios = countScenarios(counting.module, request);
  const counts = addCounts(ofScenarios, countSequences(sequences.module, request));
  return counting.coverage.map((map) => ({
    coverage: fileCoverage(map, counts),
    text: new TextDecoder().decode(files.find(({ path }) => path === map.path)?.bytes),
  }));
}

function countScenarios(
  module: WebAssembly.Module,
  { scenarios, onEnded }: CoverageRequest,
): Counts {
  let counts: Counts = new Map();
  for (const scenario of scenarios) {
    const kernel = createKernel({ module });
    const { outcome, reason } = run(kernel, scenario);
    if (outcome === "unknown") onEnded(`'${scenario.name}' ended early: ${reason}`);
    counts = addCounts(counts, countsOfKernel(kernel, module));
    kernel.close();
  }
  return counts;
}

function countSequences(
  module: WebAssembly.Module,
  { release, sequences, seed, inputs, onEnded }: CoverageRequest,
): Counts {
  const machine = new SequenceMachine(module, { release });
  const comparison = new ModuleComparison([{ name: "upstream", release, machine }]);
  const fuzzer = new Fuzzer(comparison, { seed });
  for (const input of inputs) fuzzer.replay(input);
  while (fuzzer.tally.sequences < sequences && fuzzer.crashes < mostCrashes) {
    const finding = fuzzer.runBlock();
    const crash = finding?.crash;
    if (crash !== undefined) onEnded(`a sequence ended early: ${crash}`);
  }
  return machine.countsOf(comparison.totals(0));
}
