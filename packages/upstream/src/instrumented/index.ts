// SPDX-License-Identifier: MIT

/**
 * Modules with more in them than a kernel: one that runs random sequences of calls by itself, for
 * `@bpf-token/fuzz`; one that counts which lines run; one that records which line decided.
 *
 * @packageDocumentation
 */
export { buildCounting, buildExits, buildSequences, type SequenceModule } from "./build.js";
export type {
  BranchRegion,
  CodeRegion,
  Count,
  CoverageMap,
  FunctionMap,
  Span,
} from "./coverage-map.js";
export { decidingExit, type Exit, takeExits } from "./exits.js";
