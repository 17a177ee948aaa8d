// SPDX-License-Identifier: MIT
// Values as text.
import type { Value } from "@bpf-token/object";

/** Whether a value is a list. Array.isArray does not narrow the type of a readonly list. */
export const isList = (value: unknown): value is readonly Value[] => Array.isArray(value);

/** Whether one number of two or four bytes is the other with its bytes in reverse order. */
export function isSwapped(a: number, b: number): boolean {
  const largest = Math.max(a, b);
  if (!Number.isInteger(a) || !Number.isInteger(b) || Math.min(a, b) < 0 || largest > 0xffffffff)
    return false;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, a, true);
  return view.getUint32(0) === b || (largest <= 0xffff && view.getUint16(0) === b);
}

/** Whether one value of two or four bytes is the other with its bytes in reverse order. */
export function isReversed(a: Value, b: Value): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && [2, 4].includes(a.length) && isSwapped(word(a), word(b));
  return typeof a === "number" && typeof b === "number" && a !== b && isSwapped(a, b);
}

/** The bytes of a number of at most eight bytes, as a number. */
export const numberText = (bytes: Uint8Array): string =>
  bytes.length <= 8 ? String(word(bytes)) : showValue(bytes);

function word(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** A number whose bytes are an IPv4 address. */
export function dotted(value: number): string {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer).join(".");
}

/** A number as a test writes it in network order, if it has no more bytes than that. */
export function inNetworkOrder(value: number, size: number): string {
  if (value < 0 || value >= 2 ** (8 * size)) return String(value);
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return size === 2 ? `htons(${view.getUint16(0)})` : `htonl(${view.getUint32(0)})`;
}

/** A value as one line of text. */
export function showValue(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return `0x${hex(value)}`;
  if (isList(value)) return `[${value.map(showValue).join(", ")}]`;
  const members = Object.entries(value).map(([name, part]) => `${name}: ${showValue(part)}`);
  return `{ ${members.join(", ")} }`;
}

/** A number with its noun: `1 byte`, `2 bytes`. */
export const counted = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;

/** Bytes as hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
