// SPDX-License-Identifier: MIT

/**
 * Parses and formats scenarios, runs them on any kernel, and compares the traces. A scenario is a list of
 * tasks and system calls with the expected answers.
 *
 * @packageDocumentation
 */
export { diff } from "./diff/diff.js";
export * from "./diff/types.js";
export { fieldGroups } from "./language/attr-fields.js";
export type { AnswerKind } from "./language/calls.js";
export * from "./language/model.js";
export {
  formatProblem,
  type Position,
  Problems,
  ScenarioError,
  type ScenarioProblem,
} from "./language/problems.js";
export { suggestion } from "./language/suggestion.js";
export { type RunOptions, run } from "./run/run.js";
export { scenarioSchema } from "./schema/schema.js";
export { formatScenario } from "./text/format.js";
export { parseScenario, readScenario, type ScenarioReading } from "./text/parse.js";
export {
  describe,
  type Entry,
  type ListNode,
  type MapNode,
  type Node,
  readSource,
  type ScalarNode,
  type SourceKind,
  type SourceLimits,
} from "./text/source.js";
export * from "./trace/compare.js";
export * from "./trace/trace.js";
