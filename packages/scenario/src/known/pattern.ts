// SPDX-License-Identifier: MIT
import { type StructName, structLayout } from "@bpf-token/uapi";
import type { DivergenceKind } from "../trace/compare.js";
import type {
  CallAnswer,
  CallDifference,
  CallValues,
  EarlierCall,
  MemoryDifference,
} from "./call-difference.js";

/** A pattern for an argument or a field: a value, one of several values, or a condition. */
export type ValuePattern =
  | string
  | readonly string[]
  /** The path, or a path below it. */
  | { readonly under: string }
  | { readonly startsWith: string }
  | { readonly endsWith: string }
  | { readonly contains: string }
  /** A number of at least this value. */
  | { readonly atLeast: number };

/** `ok`, the name of an errno, one of several names, or a number of at least this value. */
export type AnswerPattern = string | readonly string[] | { readonly atLeast: number };

/** A pattern for memory that differs. */
export interface MemoryPattern {
  readonly name: string;
  /** The fields that may differ; default: all. */
  readonly only?: readonly string[];
  /** The structure of the bytes, if the trace does not name it. */
  readonly struct?: StructName;
  /** Fields that the model leaves zero, to distinguish structures of the same size. */
  readonly zero?: readonly string[];
  /** The values of fields. */
  readonly model?: FieldValues;
  readonly kernel?: FieldValues;
}

type FieldValues = Readonly<Record<string, number | readonly number[]>>;

/** A pattern for calls. An omitted field matches anything. */
export interface CallPattern {
  readonly call?: string | readonly string[];
  readonly args?: Readonly<Record<string, ValuePattern>>;
  readonly attr?: Readonly<Record<string, ValuePattern>>;
  /** A value that any argument or field has. */
  readonly some?: ValuePattern;
  /** The kind of the difference; default `result`. */
  readonly what?: DivergenceKind | readonly DivergenceKind[];
  readonly model?: AnswerPattern;
  readonly kernel?: AnswerPattern;
  readonly memory?: MemoryPattern;
  /** A pattern that a call of an earlier step must match. */
  readonly after?: { readonly call?: string; readonly some: ValuePattern };
}

/**
 * Returns whether a pattern describes a difference.
 *
 * @example
 * ```ts
 * const isRefused = matches({ call: "bpf", model: "ok", kernel: "EPERM" }, difference);
 * ```
 */
export function matches(pattern: CallPattern, difference: CallDifference): boolean {
  const { call, args, attr, some, what = "result", model, kernel, memory, after } = pattern;
  return (
    (call === undefined || oneOf(call, difference.call)) &&
    (some === undefined || hasSome(some, difference)) &&
    oneOf(what, difference.what) &&
    haveValues(args, difference.args) &&
    haveValues(attr, difference.attr) &&
    isAnswer(model, difference.model) &&
    isAnswer(kernel, difference.kernel) &&
    (memory === undefined || isMemory(memory, difference.memory)) &&
    (after === undefined || isAfter(after, difference))
  );
}

function oneOf<T>(wanted: T | readonly T[], value: T): boolean {
  return Array.isArray(wanted) ? wanted.includes(value) : wanted === value;
}

function haveValues(
  wanted: Readonly<Record<string, ValuePattern>> | undefined,
  got: CallValues,
): boolean {
  return Object.entries(wanted ?? {}).every(([name, pattern]) => isValue(pattern, got[name]));
}

function isValue(pattern: ValuePattern, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (typeof pattern === "string") return value === pattern;
  if ("under" in pattern) return value === pattern.under || value.startsWith(`${pattern.under}/`);
  if ("startsWith" in pattern) return value.startsWith(pattern.startsWith);
  if ("endsWith" in pattern) return value.endsWith(pattern.endsWith);
  if ("contains" in pattern) return value.includes(pattern.contains);
  if ("atLeast" in pattern) return Number(value) >= pattern.atLeast;
  return pattern.includes(value);
}

function isAnswer(pattern: AnswerPattern | undefined, { word, value }: CallAnswer): boolean {
  if (pattern === undefined) return true;
  if (typeof pattern === "string") return pattern === word;
  if ("atLeast" in pattern) return value !== undefined && value >= pattern.atLeast;
  return pattern.includes(word);
}

function hasSome(pattern: ValuePattern, { args, attr }: EarlierCall): boolean {
  return [...Object.values(args), ...Object.values(attr)].some((value) => isValue(pattern, value));
}

function isAfter(
  { call, some }: NonNullable<CallPattern["after"]>,
  { before }: CallDifference,
): boolean {
  return before.some(
    (earlier) => (call === undefined || call === earlier.call) && hasSome(some, earlier),
  );
}

function isMemory(pattern: MemoryPattern, memory: MemoryDifference | undefined): boolean {
  if (memory === undefined || memory.name !== pattern.name) return false;
  const { only, struct, zero = [] } = pattern;
  if (!haveFields(pattern.model, memory.model?.fields)) return false;
  if (!haveFields(pattern.kernel, memory.kernel?.fields)) return false;
  if (only === undefined) return true;
  if (memory.fields !== undefined) return memory.fields.every((name) => only.includes(name));
  const [model, kernel] = [memory.model?.hex, memory.kernel?.hex];
  if (struct === undefined || model === undefined || kernel === undefined) return false;
  const bytes = bytesOf(struct);
  const isZero = (at: number): boolean => byteAt(model, at) === "" || byteAt(model, at) === "00";
  return (
    model.length === kernel.length &&
    zero.every((name) => bytes(name).every(isZero)) &&
    differing(model, kernel).every((at) => only.some((name) => bytes(name).includes(at)))
  );
}

function haveFields(
  wanted: FieldValues | undefined,
  got: Readonly<Record<string, number | string>> | undefined,
): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => oneOf(value, Number(got?.[name])));
}

const byteAt = (hex: string, at: number): string => hex.slice(2 * at, 2 * at + 2);

function differing(a: string, b: string): readonly number[] {
  const length = a.length / 2;
  return Array.from({ length }, (_, at) => at).filter((at) => byteAt(a, at) !== byteAt(b, at));
}

/** The offset and size of each field of a structure. */
function bytesOf(struct: StructName): (name: string) => readonly number[] {
  const { fields } = structLayout(struct);
  return (name) => {
    const field = fields.find((one) => one.name === name);
    if (field === undefined) throw new RangeError(`${struct} has no field '${name}'`);
    return Array.from({ length: field.size }, (_, i) => field.offset + i);
  };
}
