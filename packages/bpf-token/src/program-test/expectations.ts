// SPDX-License-Identifier: MIT
import type { BpfMap } from "@bpf-token/loader";
import { actionName, actionNames } from "./actions.js";
import { addressBytes } from "./addresses.js";
import { contextCodec } from "./context.js";
import type { Expected, Placed, TestStep } from "./file/file.js";
import type { TestObject, TestRun } from "./load.js";
import { CannotRunError } from "./runnable.js";
import {
  counted,
  difference,
  dotted,
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
  const { returns, packet, context } = step.expect;
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
    const text = contextProblem(object, step.program as string, run.context, context.value);
    if (text !== undefined) problems.push({ line: context.line, text });
  }
  problems.push(...budgetProblems(object, step, run));
  return problems;
}

function budgetProblems(object: TestObject, step: TestStep, run: TestRun): TestProblem[] {
  const { instructions } = step.expect;
  const verified = verifiedProblems(object, step);
  if (instructions === undefined) return verified;
  if (run.instructions === undefined)
    throw new CannotRunError(`${object.kernel.backend} does not count instructions`);
  return [...over(run.instructions, ranText(run.instructions), instructions), ...verified];
}

/** Compares what the verifier processed for a program, which needs no run. */
export function verifiedProblems(object: TestObject, step: TestStep): TestProblem[] {
  const { verified } = step.expect;
  if (verified === undefined) return [];
  const program = step.program as string;
  const count = object.verifiedInstructions(program);
  return over(count, verifiedText(count, program), verified);
}

const over = (count: number, text: string, { line, value }: Placed<number>): TestProblem[] =>
  count > value ? [{ line, text: `${text}, at most ${value} expected` }] : [];

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

/** Compares maps and variables. */
export function* stateProblems(
  object: TestObject,
  { maps, variables, elements: counts }: Expected,
): Generator<TestProblem> {
  const { btf } = object.object;
  for (const [name, { line, value }] of counts) {
    const { length } = object.map(name).readAll();
    if (length !== value)
      yield { line, text: `${name} has ${counted(length, "element")}, expected ${value}` };
  }
  for (const [name, { value: elements }] of maps) {
    const map = object.map(name);
    const keys = shapeOf(btf, map.spec.keyTypeId, map.spec.keySize);
    for (const { line, key, value } of elements) {
      const at = fitValue(key, keys, `${name}: the key`);
      const found = map.get(at);
      const isAddress = typeof key === "string" && addressBytes(key)?.length === 4;
      const path = `${name}[${typeof key === "string" ? key : showValue(at)}]`;
      if (found === undefined || value === null) {
        if (found === undefined && value === null) continue;
        const text =
          found === undefined
            ? `does not exist; the map has ${keysText(map, isAddress)}`
            : `is ${showValue(found)}, expected none`;
        yield { line, text: `${path} ${text}` };
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

const SHOWN = 3;

/** The first keys, as IPv4 addresses if the test names one. */
function keysText(map: BpfMap, isAddress: boolean): string {
  const keys = map
    .readAll()
    .map(([key]) => (isAddress && typeof key === "number" ? dotted(key) : showValue(key)));
  if (keys.length === 0) return "no elements";
  const more = keys.length > SHOWN ? `, and ${keys.length - SHOWN} more` : "";
  return `${keys.slice(0, SHOWN).join(", ")}${more}`;
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
    const others = found.length - expected.list.length - extra.length;
    const rest = others > 0 ? `, and ${others} more` : "";
    const more = extra.length > 0 ? `; not expected: ${extra.join(", ")}${rest}` : "";
    const text = `${name} has ${counted(found.length, "event")}, expected ${expected.list.length}${more}`;
    yield { line, text };
  }
}
