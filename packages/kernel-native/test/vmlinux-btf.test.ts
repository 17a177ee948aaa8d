// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { findFunction, readType } from "../src/guest/vmlinux-btf.ts";

/** Type kinds, and the number of words after the three of each type. */
const INT = 1;
const STRUCT = 4;
const ENUM64 = 19;
const FUNC = 12;

/** BTF with some types: name offset, kind, number of members, and the words after them. */
function btf(types: readonly (readonly number[])[], strings: string): Uint8Array {
  const words = types.flatMap(([name = 0, kind = 0, count = 0, ...more]) => {
    return [name, (kind << 24) | count, 0, ...more];
  });
  const text = new TextEncoder().encode(strings);
  const size = words.length * 4;
  const bytes = new Uint8Array(24 + size + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  for (const [i, word] of [24, 0, size, size, text.length].entries()) {
    view.setUint32(4 + 4 * i, word, true);
  }
  for (const [i, word] of words.entries()) view.setUint32(24 + 4 * i, word, true);
  bytes.set(text, 24 + size);
  return bytes;
}

const strings = "\0bpf_lsm_bpf\0bpf_lsm_bpf_map\0";
const types = [
  [0, INT, 0, 32],
  [0, STRUCT, 2, ...Array<number>(6).fill(FUNC << 24)],
  [0, ENUM64, 1, 1, 2, 3],
  [1, STRUCT, 0],
  [1, FUNC, 0],
  [13, FUNC, 0],
] as const;

test("readType() returns the kind and the name of a type", () => {
  const bytes = btf(types, strings);
  expect(readType(bytes, 4)).toEqual({ kind: STRUCT, name: "bpf_lsm_bpf" });
  expect(readType(bytes, 6)).toEqual({ kind: FUNC, name: "bpf_lsm_bpf_map" });
  expect([readType(bytes, 0), readType(bytes, 7)]).toEqual([undefined, undefined]);
  expect(() => readType(bytes.subarray(0, 8), 1)).toThrow(RangeError);
});

test("findFunction() returns the id of a function among types of different sizes", () => {
  expect(findFunction(btf(types, strings), "bpf_lsm_bpf")).toBe(5);
  expect(findFunction(btf(types, strings), "bpf_lsm_bpf_map")).toBe(6);
});

test("findFunction() refuses unknown names, other types and invalid BTF", () => {
  const missing = "the kernel has no function";
  expect(() => findFunction(btf(types, strings), "lsm_bpf")).toThrow(missing);
  expect(() => findFunction(btf(types.slice(0, 4), strings), "bpf_lsm_bpf")).toThrow(missing);
  expect(() => findFunction(new Uint8Array(23), "bpf_lsm_bpf")).toThrow("has no valid header");
  expect(() => findFunction(new Uint8Array(64), "bpf_lsm_bpf")).toThrow("has no valid header");
});

test("a kind and a count of members may have the widths of Linux 7.2", () => {
  const members = 0x10002;
  const wide = [0, ENUM64, members, ...Array<number>(3 * members).fill(FUNC << 24)] as const;
  expect(findFunction(btf([wide, [1, FUNC, 0]], strings), "bpf_lsm_bpf")).toBe(2);
  const unknown = [1, 0x20 | FUNC, 0] as const;
  expect(findFunction(btf([unknown, [1, FUNC, 0]], strings), "bpf_lsm_bpf")).toBe(2);
});
