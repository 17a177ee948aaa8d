// SPDX-License-Identifier: MIT
// TypeScript checks arguments only for those who use it, and an object may come from JSON.
import { nearest } from "@bpf-token/uapi";

/**
 * Checks that options are an object with known keys. A misspelt key would be ignored silently.
 *
 * @param what - the function, for the message.
 * @throws TypeError that names the key, with the nearest known one.
 * @example
 * ```ts
 * assertOptions("createKernel", { relase: "6.12" }, ["release", "seed"]);
 * // TypeError: createKernel: unknown option 'relase'; did you mean 'release'?
 * ```
 */
export function assertOptions(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${what}: the options must be an object, not ${describeValue(options)}`);
  }
  const wrong = Object.keys(options).find((key) => !known.includes(key));
  if (wrong !== undefined)
    throw new TypeError(`${what}: unknown option '${wrong}'${hint(wrong, known)}`);
}

/**
 * Checks that an option is one of its possible names.
 *
 * @param field - the function and the option, for the message.
 * @throws TypeError that names the option, with the nearest known name.
 * @example
 * ```ts
 * assertOneOf("plan: loader", "libpbf", ["bpf-token", "libbpf"]);
 * // TypeError: plan: loader: unknown name 'libpbf'; did you mean 'libbpf'?
 * ```
 */
export function assertOneOf(field: string, name: unknown, known: readonly string[]): void {
  if (typeof name !== "string") {
    throw new TypeError(`${field} must be a name, not ${describeValue(name)}`);
  }
  if (known.includes(name)) return;
  throw new TypeError(`${field}: unknown name '${name}'${hint(name, known)}`);
}

/**
 * Returns the number that a name stands for in a table of the kernel's names.
 *
 * @throws TypeError that names the field, with the nearest known name.
 */
export function numberOf(
  field: string,
  name: unknown,
  table: Readonly<Record<string, number>>,
): number {
  assertOneOf(field, name, Object.keys(table));
  return table[name as string] as number;
}

/** @throws TypeError that names the field, unless the value is an integer. */
export function assertInteger(field: string, value: unknown): void {
  if (Number.isInteger(value)) return;
  throw new TypeError(`${field} must be an integer, not ${describeValue(value)}`);
}

/** @throws TypeError that names the field, unless the value is text without NUL, which ends it in C. */
export function assertText(field: string, value: unknown): void {
  if (typeof value !== "string") {
    throw new TypeError(`${field} must be text, not ${describeValue(value)}`);
  }
  if (value.includes("\0")) throw new TypeError(`${field} contains a NUL character`);
}

/** @throws TypeError that names the field, unless the value is bytes. */
export function assertBytes(field: string, value: unknown): void {
  if (value instanceof Uint8Array) return;
  throw new TypeError(`${field} must be bytes (Uint8Array), not ${describeValue(value)}`);
}

/** Describes a wrong value for a message. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return `${value}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `'${value.slice(0, 40)}'`;
  return typeof value === "number" ? `${value}` : `a value of type ${typeof value}`;
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean '${near}'?`;
}
