// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { comparedBytes } from "../../src/program-test/compared.ts";

/** An instruction: code, registers, offset, immediate. */
const insn = (code: number, registers: number, imm: number): number[] => {
  const bytes = new Uint8Array(8);
  bytes.set([code, registers]);
  new DataView(bytes.buffer).setUint32(4, imm, true);
  return [...bytes];
};

const of = (...insns: readonly number[][]): readonly number[][] =>
  comparedBytes(Uint8Array.from(insns.flat())).map((bytes) => [...bytes]);

test("constants of conditional jumps, in both byte orders and once", () => {
  const [jeq, jne32, jsgt] = [0x15, 0x56, 0x65];
  expect(of(insn(jeq, 1, 6), insn(jne32, 1, 0x3500), insn(jsgt, 1, 6))).toEqual([
    ...[[6], [0x00, 0x35], [0x35, 0x00]],
  ]);
  expect(of(insn(jeq, 1, 0xdeadbeef))).toEqual([
    [0xef, 0xbe, 0xad, 0xde],
    [0xde, 0xad, 0xbe, 0xef],
  ]);
});

test("a constant of 64 bits has its lower half, and its second instruction is none", () => {
  expect(of(insn(0x18, 1, 0x0a000001), insn(0x15, 0, 7))).toEqual([
    [1, 0, 0, 10],
    [10, 0, 0, 1],
  ]);
});

test("neither maps, calls, exits, jumps without a condition nor registers are constants", () => {
  const [ja, call, exit, byRegister, add] = [0x05, 0x85, 0x95, 0x1d, 0x07];
  expect(of(...[ja, call, exit, byRegister, add].map((code) => insn(code, 1, 9)))).toEqual([]);
  expect(of(insn(0x18, 0x11, 9), insn(0, 0, 0))).toEqual([]);
  expect(of([0x15, 0, 0])).toEqual([]);
});
