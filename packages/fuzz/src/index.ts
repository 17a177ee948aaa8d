// SPDX-License-Identifier: MIT

/**
 * Compares kernels by random sequences of system calls: the model, the kernel's own text, real
 * kernels.
 *
 * @packageDocumentation
 */
export { findingText, type SmallFinding, shrinkFinding, shrunk } from "./engine/findings.js";
export {
  type FindingKind,
  type FuzzOptions,
  mostCrashes,
  type SequenceFinding,
  SequenceFuzzer,
  type SequenceSubject,
  type Shard,
} from "./engine/fuzzer.js";
export { callFloors, sum, type Tally } from "./engine/tally.js";
export { LiveFuzzer } from "./kernels/live.js";
export { knownReasons } from "./kernels/live-known.js";
export type { KnownReason, LiveFinding, LiveSubject, Played } from "./kernels/live-types.js";
export type { KernelName } from "./kernels/told-kernel.js";
export { addCounts, countsOfKernel } from "./machine/counters.js";
export {
  type BranchTold,
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
export { scenarioOf } from "./scenario/scenario-of.js";
export { shrinkInput, shrinkScenario } from "./scenario/shrink.js";
