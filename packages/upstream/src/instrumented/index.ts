// SPDX-License-Identifier: MIT

/**
 * Instrumented kernel modules: one runs random call sequences for `@bpf-token/fuzz`, one counts
 * executed lines, and one records which line decided a call.
 *
 * @packageDocumentation
 */
export { buildCounting, buildExits, buildSequences, type SequenceModule } from "./build.js";
export {
  type ChangedFunction,
  changedFunctions,
  changedLines,
  type Lines,
} from "./changed-functions.js";
export type {
  BranchRegion,
  CodeRegion,
  Count,
  CoverageMap,
  FunctionMap,
  Span,
} from "./coverage-map.js";
export { decidingExit, type Exit, takeExits } from "./exits.js";
