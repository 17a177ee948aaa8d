// SPDX-License-Identifier: MIT
import { actionName, actionNames } from "./actions.js";
import { contextCodec } from "./context.js";
import {
  type Expected,
  type Place,
  type Placed,
  problemAt,
  type TestProblem,
  type TestStep,
} from "./file/file.js";
import { CannotRunError } from "./runnable.js";
import type { TestObject, TestRun } from "./test-object.js";
import { counted, hex } from "./value/show.js";
import { difference, type Plain, toValue, ValueError } from "./values.js";

/** Compares what a run returned. */
export function* runProblems(
  object: TestObject,
  program: string,
  step: TestStep,
  run: TestRun,
  place: Place,
): Generator<TestProblem> {
  const { returns, packet, context } = step.expect;
  if (returns !== undefined) {
    place.at = returns;
    const text = returnProblem(object, program, run, returns.value);
    if (text !== undefined) yield problemAt(returns, text);
  }
  if (packet !== undefined) {
    const wanted = packet.value === "unchanged" ? step.packet : packet.value;
    const text = bytesProblem("the packet", run.packet, wanted ?? new Uint8Array());
    if (text !== undefined) yield problemAt(packet, text);
  }
  if (context !== undefined) {
    place.at = context;
    const text = contextProblem(object, program, run.context, context.value);
    if (text !== undefined) yield problemAt(context, text);
  }
  yield* budgetProblems(object, program, step.expect, run);
}

function budgetProblems(
  object: TestObject,
  program: string,
  expect: Expected,
  run: TestRun,
): TestProblem[] {
  const { instructions } = expect;
  const verified = verifiedProblems(object, program, expect);
  if (instructions === undefined) return verified;
  if (run.instructions === undefined)
    throw new CannotRunError(`${object.kernel.backend} does not count instructions`);
  return [...over(run.instructions, ranText(run.instructions), instructions), ...verified];
}

/** Compares what the verifier processed for a program, which needs no run. */
export function verifiedProblems(
  object: TestObject,
  program: string,
  { verified }: Expected,
): TestProblem[] {
  if (verified === undefined) return [];
  const count = object.verifiedInstructions(program);
  return over(count, verifiedText(count, program), verified);
}

const over = (count: number, text: string, most: Placed<number>): TestProblem[] =>
  count > most.value ? [problemAt(most, `${text}, at most ${most.value} expected`)] : [];

/** `5 instructions ran`. */
export const ranText = (count: number): string => `${counted(count, "instruction")} ran`;

/** What the verifier did, in words. */
export const verifiedText = (count: number, program: string): string =>
  `the verifier processed ${counted(count, "instruction")} of ${program}`;

function returnProblem(
  object: TestObject,
  program: string,
  { returned }: TestRun,
  wanted: number | string,
): string | undefined {
  const { type } = object.collection.program(program).spec;
  const named = (value: number): string => {
    const name = actionName(type, value);
    return name === undefined ? String(value | 0) : `${value} (${name})`;
  };
  if (typeof wanted === "number")
    return returned === wanted
      ? undefined
      : `${program} returned ${named(returned)}, expected ${named(wanted)}`;
  const names = actionNames(type);
  if (!names.includes(wanted)) {
    const known = names.length === 0 ? "has no names" : `has ${names.join(", ")}`;
    throw new ValueError(`'${wanted}' is no return value of ${program}, whose type ${known}`);
  }
  return actionName(type, returned) === wanted
    ? undefined
    : `${program} returned ${named(returned)}, expected ${wanted}`;
}

function contextProblem(
  object: TestObject,
  program: string,
  is: Uint8Array,
  wanted: Uint8Array | Plain,
): string | undefined {
  if (wanted instanceof Uint8Array) return bytesProblem("the context", is, wanted);
  const codec = contextCodec(object, program);
  toValue(wanted, codec, "the context");
  const bytes = new Uint8Array(Math.max(codec.size, is.length));
  bytes.set(is);
  return difference(wanted, codec.decode(bytes), "the context");
}

/** Why bytes are not as expected; undefined if they are. */
export function bytesProblem(what: string, is: Uint8Array, wanted: Uint8Array): string | undefined {
  if (is.length !== wanted.length)
    return `${what} has ${counted(is.length, "byte")}, expected ${wanted.length}`;
  const at = is.findIndex((byte, i) => byte !== wanted[i]);
  if (at < 0) return undefined;
  const part = (of: Uint8Array): string => hex(of.subarray(at, at + 8));
  return `${what} has ${part(is)} at byte ${at}, expected ${part(wanted)}`;
}
