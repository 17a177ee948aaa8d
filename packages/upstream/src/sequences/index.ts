// SPDX-License-Identifier: MIT

/**
 * Sequences of system calls out of bytes, on the model and on the kernel's own text, for
 * comparisons by the million, and what of that text ran.
 *
 * @packageDocumentation
 */
export { buildCounting, buildExits, buildSequences, type SequenceModule } from "./build.js";
export { addCounts, countsOfKernel } from "./counters.js";
export { type BranchTold, type Counts, type FileCoverage, fileCoverage } from "./coverage.js";
export type {
  BranchRegion,
  CodeRegion,
  Count,
  CoverageMap,
  FunctionMap,
  Span,
} from "./coverage-map.js";
export { decidingExit, type Exit, takeExits } from "./exits.js";
export {
  type Image,
  maxInput,
  SequenceCrash,
  SequenceMachine,
  type SequenceOptions,
  type SequenceResult,
} from "./machine.js";
export type { NoteMemory, SequenceNote } from "./notes.js";
