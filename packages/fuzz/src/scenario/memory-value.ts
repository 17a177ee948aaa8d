// SPDX-License-Identifier: MIT
// Converts the memory of a sequence to values of a scenario.
import type { Value } from "@bpf-token/scenario";
import type { NoteMemory } from "../machine/notes.js";

/** An address without memory. */
const nowhere = 0xdead000000000000n;

/** Converts memory to a string if it is text, otherwise to a buffer of bytes. */
export function pointer(address: bigint, memory: readonly NoteMemory[]): Value {
  if (address === 0n) return null;
  const piece = memory.find((one) => BigInt(one.address) === address);
  if (piece === undefined) return address === nowhere ? "bad_address" : { zero: 0 };
  return textOf(piece.bytes) ?? bufferOf(piece, memory);
}

/** Converts memory to a buffer of bytes with pointers. */
export function bufferOf({ bytes, pointers }: NoteMemory, memory: readonly NoteMemory[]): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const inside = pointers.flatMap((offset) => {
    const to = pointer(view.getBigUint64(offset, true), memory);
    return to === null ? [] : [[String(offset), to] as const];
  });
  if (inside.length === 0 && bytes.every((byte) => byte === 0)) return { zero: bytes.length };
  const plain = bytes.slice();
  for (const [offset] of inside) plain.fill(0, Number(offset), Number(offset) + 8);
  const hex = [...plain].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return inside.length === 0 ? { hex } : { hex, at: Object.fromEntries(inside) };
}

/** Decodes printable text with a single NUL at the end, as plain strings of a scenario have it. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.at(-1) !== 0 || bytes.length === 1)
    return bytes.length === 1 && bytes[0] === 0 ? "" : undefined;
  const chars = bytes.subarray(0, -1);
  const plain = chars.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a);
  if (!plain) return undefined;
  const text = String.fromCharCode(...chars).replaceAll("$", "$$$$");
  return text === "bad_address" ? undefined : text;
}

/** Converts a 64-bit number to a number if that is exact. */
export function signed(value: bigint): Value {
  const exact = BigInt.asIntN(64, value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}
