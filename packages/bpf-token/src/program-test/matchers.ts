// SPDX-License-Identifier: MIT
import { isActionName } from "./actions.js";
import { bytesProblem, ranText, verifiedText } from "./expectations.js";
import type { ExpectedState } from "./file/test-state.js";
import { CannotRunError } from "./runnable.js";
import type { TestObject, TestRun } from "./test-object.js";
import { ValueError } from "./values.js";

/** What a matcher returns to Vitest or Jest. */
export interface MatcherResult {
  readonly pass: boolean;
  /** The message of a failure, also of one after `.not`. */
  readonly message: () => string;
}

/**
 * The matchers of {@link matchers}, for the types of Vitest and Jest.
 *
 * @example
 * ```ts
 * declare module "vitest" {
 *   interface Matchers<T> extends ProgramMatchers<T> {}
 * }
 * ```
 */
export interface ProgramMatchers<R = unknown> {
  /** A run returned a value: a name such as `XDP_DROP`, or a number. */
  toHaveAction(action: string | number): R;
  /** The packet after a run has these bytes. */
  toHavePacket(packet: Uint8Array): R;
  /** Maps, variables and events of an object are as in a file of tests; see {@link TestObject.differences}. */
  toHaveState(state: ExpectedState): R;
  /** A run needed at most this number of instructions. Needs `coverage` of `loadForTest`. */
  toRunWithin(instructions: number): R;
  /** The verifier processed at most a number of instructions for a program of an object. */
  toVerifyWithin(budget: VerifierBudget): R;
}

/** The budget of a program. */
export interface VerifierBudget {
  readonly program: string;
  /** The most instructions that the verifier may process. */
  readonly instructions: number;
}

function toHaveAction(run: TestRun, action: string | number): MatcherResult {
  if (typeof action === "string" && !isActionName(action))
    throw new ValueError(
      `'${action}' is no return value of a program, such as XDP_DROP or TC_ACT_OK`,
    );
  const pass = typeof action === "number" ? run.returned === action >>> 0 : run.action === action;
  const name = run.action === undefined ? "" : ` (${run.action})`;
  const not = pass ? "another value than " : "";
  const message = `the program returned ${run.returned | 0}${name}, expected ${not}${action}`;
  return { pass, message: () => message };
}

function toHavePacket(run: TestRun, packet: Uint8Array): MatcherResult {
  const problem = bytesProblem("the packet", run.packet, packet);
  return { pass: problem === undefined, message: () => problem ?? "the packet has these bytes" };
}

function toHaveState(object: TestObject, state: ExpectedState): MatcherResult {
  const differences = object.differences(state);
  return {
    pass: differences.length === 0,
    message: () => differences.join("\n") || "the state is as described",
  };
}

function toRunWithin(run: TestRun, instructions: number): MatcherResult {
  if (run.instructions === undefined)
    throw new CannotRunError(
      "no instructions were counted: load the object with { coverage: true }",
    );
  return within(run.instructions, instructions, ranText(run.instructions));
}

function toVerifyWithin(object: TestObject, budget: VerifierBudget): MatcherResult {
  const count = object.verifiedInstructions(budget.program);
  return within(count, budget.instructions, verifiedText(count, budget.program));
}

function within(count: number, most: number, is: string): MatcherResult {
  const pass = count <= most;
  const wanted = pass ? `more than ${most}` : `at most ${most}`;
  return { pass, message: () => `${is}, ${wanted} expected` };
}

/**
 * Matchers for the `expect` of Vitest and Jest.
 *
 * @example
 * ```ts
 * expect.extend(matchers);
 * expect(object.run("drop", { packet: frame })).toHaveAction("XDP_DROP");
 * expect(object).toVerifyWithin({ program: "drop", instructions: 5000 });
 * ```
 */
export const matchers: {
  readonly toHaveAction: typeof toHaveAction;
  readonly toHavePacket: typeof toHavePacket;
  readonly toHaveState: typeof toHaveState;
  readonly toRunWithin: typeof toRunWithin;
  readonly toVerifyWithin: typeof toVerifyWithin;
} = { toHaveAction, toHavePacket, toHaveState, toRunWithin, toVerifyWithin };
