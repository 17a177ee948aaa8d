// SPDX-License-Identifier: MIT

/**
 * Compares kernels with random sequences of system calls: the model, upstream source and real kernels.
 *
 * @packageDocumentation
 */
export type { Comparison, SetupResult, Verdict } from "./engine/comparison.js";
export type {
  Finding,
  FindingKind,
  MinimizedFinding,
} from "./engine/finding.js";
export { Fuzzer, type FuzzOptions, mostCrashes, type Shard } from "./engine/fuzzer.js";
export {
  type CoverageSum,
  type FuzzReport,
  type MergedReport,
  mergeReports,
  type RunIdentity,
  reportOf,
} from "./engine/report.js";
export { type FuzzEvent, type FuzzGoal, runBlocks } from "./engine/run.js";
export { callFloors, sum, type Tally } from "./engine/tally.js";
export type { Parting, StepDifference } from "./findings/parting.js";
export type { PartingPlace } from "./findings/places.js";
export { type FindingRecord, findingNames } from "./findings/record.js";
export type { KernelComparisonOptions } from "./kernels/agreement.js";
export { KernelComparison } from "./kernels/kernel-comparison.js";
export { type BatchKernel, KernelPool } from "./kernels/kernel-pool.js";
export type { KernelIdentity } from "./kernels/recorded-kernel.js";
export type { BatchAnswers, KernelSubject } from "./kernels/subject.js";
export { addCounts, countsOfKernel } from "./machine/counters.js";
export {
  type BranchCounts,
  type Counts,
  type FileCoverage,
  fileCoverage,
} from "./machine/coverage.js";
export {
  type Image,
  maxInput,
  SequenceCrash,
  SequenceMachine,
  type SequenceOptions,
  type SequenceResult,
} from "./machine/machine.js";
export type { NoteMemory, SequenceNote } from "./machine/notes.js";
export { coverageSums } from "./modules/coverage-sum.js";
export {
  type CoverageRequest,
  type MeasuredFile,
  measureCoverage,
} from "./modules/measure-coverage.js";
export { ModuleComparison, type ModuleSubject } from "./modules/module-comparison.js";
export { minimizeInput, minimizeScenario } from "./scenario/minimize.js";
export { scenarioOf } from "./scenario/scenario-of.js";
