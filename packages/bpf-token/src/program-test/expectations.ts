// SPDX-License-Identifier: MIT
import { NotModelledError } from "@bpf-token/syscall";
import { actionName, actionNames } from "./actions.js";
import type { Expected, TestStep } from "./file.js";
import type { TestObject, TestRun } from "./load.js";
import {
  difference,
  fitValue,
  hex,
  isList,
  type Plain,
  shapeOf,
  showValue,
  sumOf,
  ValueError,
} from "./values.js";

/** Why a test failed. */
export interface TestProblem {
  readonly line: number;
  readonly text: string;
}

/** Compares what a run returned. */
export function runProblems(object: TestObject, step: TestStep, run: TestRun): TestProblem[] {
  const { returns, packet, context, instructions } = step.expect;
  const problems: TestProblem[] = [];
  if (returns !== undefined) {
    const text = returnProblem(object, step.program as string, run, returns.value);
    if (text !== undefined) problems.push({ line: returns.line, text });
  }
  if (packet !== undefined) {
    const wanted = packet.value === "unchanged" ? step.packet : packet.value;
    const text = bytesProblem("the packet", run.packet, wanted ?? new Uint8Array());
    if (text !== undefined) problems.push({ line: packet.line, text });
  }
  if (context !== undefined) {
    const text = bytesProblem("the context", run.context, context.value);
    if (text !== undefined) problems.push({ line: context.line, text });
  }
  if (instructions !== undefined) {
    if (run.instructions === undefined)
      throw new NotModelledError(object.kernel.backend, "the number of instructions of a run");
    if (run.instructions > instructions.value) {
      const text = `${run.instructions} instructions ran, at most ${instructions.value} expected`;
      problems.push({ line: instructions.line, text });
    }
  }
  return problems;
}

function returnProblem(
  object: TestObject,
  program: string,
  { returned }: TestRun,
  wanted: number | string,
): string | undefined {
  const { type } = object.collection.program(program).spec;
  const named = (value: number): string => {
    const name = actionName(type, value);
    return name === undefined ? String(value) : `${value} (${name})`;
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

function bytesProblem(what: string, is: Uint8Array, wanted: Uint8Array): string | undefined {
  if (is.length !== wanted.length)
    return `${what} has ${is.length} bytes, expected ${wanted.length}`;
  const at = is.findIndex((byte, i) => byte !== wanted[i]);
  if (at < 0) return undefined;
  const part = (of: Uint8Array): string => hex(of.subarray(at, at + 8));
  return `${what} has ${part(is)} at byte ${at}, expected ${part(wanted)}`;
}

/** Compares maps and variables. */
export function* stateProblems(
  object: TestObject,
  { maps, variables }: Expected,
): Generator<TestProblem> {
  const { btf } = object.object;
  for (const [name, { value: elements }] of maps) {
    const map = object.map(name);
    const keys = shapeOf(btf, map.spec.keyTypeId, map.spec.keySize);
    for (const { line, key, value } of elements) {
      const at = fitValue(key, keys, `${name}: the key`);
      const found = map.get(at);
      const path = `${name}[${showValue(at)}]`;
      if (found === undefined || value === null) {
        if (found === undefined && value === null) continue;
        const text = found === undefined ? "does not exist" : `is ${showValue(found)}`;
        yield { line, text: `${path} ${text}, expected ${value === null ? "none" : "an element"}` };
        continue;
      }
      const whole = isPerCpu(found, value) ? sumOf(found) : found;
      const text = difference(value, whole, path);
      if (text !== undefined) yield { line, text };
    }
  }
  for (const [name, { line, value }] of variables) {
    const text = difference(value, object.variables.get(name), name);
    if (text !== undefined) yield { line, text };
  }
}

/** A value of a per-CPU map is a list; a test that writes no list means the sum. */
function isPerCpu(found: unknown, value: Plain): found is readonly never[] {
  return isList(found) && !isList(value);
}

/** Compares the events of ring buffers, which this takes out. */
export function* eventProblems(object: TestObject, { events }: Expected): Generator<TestProblem> {
  for (const [name, { line, value: expected }] of events) {
    const found = object.events(name, expected.type);
    for (const [i, { line: at, value }] of expected.list.entries()) {
      const event = found[i];
      if (event === undefined) break;
      const text = difference(value, event, `${name}[${i}]`);
      if (text !== undefined) yield { line: at, text };
    }
    if (found.length === expected.list.length) continue;
    const extra = found.slice(expected.list.length, expected.list.length + 3).map(showValue);
    const more = extra.length > 0 ? `; not expected: ${extra.join(", ")}` : "";
    const text = `${name} has ${found.length} events, expected ${expected.list.length}${more}`;
    yield { line, text };
  }
}
