// SPDX-License-Identifier: MIT

/**
 * Scenarios: a short story that a kernel is asked to live through, as text and as a value; a runner
 * over any kernel; traces and their comparison.
 *
 * @packageDocumentation
 */
export type { AnswerKind } from "./calls.js";
export * from "./compare.js";
export { formatScenario } from "./format.js";
export * from "./model.js";
export { parseScenario, readScenario, type ScenarioReading } from "./parse.js";
export { formatProblem, type Position, ScenarioError, type ScenarioProblem } from "./problems.js";
export { type RunOptions, run } from "./run.js";
export { scenarioSchema } from "./schema.js";
export { suggestion } from "./suggestion.js";
export * from "./trace.js";
