// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { parseMaps } from "../src/program/stack/address-space.ts";
import { ByteReader } from "../src/program/stack/bytes.ts";
import { openMapped, readHeader, readSections } from "../src/program/stack/elf.ts";
import { endWithStack } from "../src/program/stack/end-with-stack.ts";
import { evaluate } from "../src/program/stack/expression.ts";
import { findByTable, findInAll } from "../src/program/stack/frame-entry.ts";
import { type Rules, rulesAt } from "../src/program/stack/frame-rules.ts";
import { callBefore } from "../src/program/stack/return-address.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);
const start = 0x1000;

/** The rules of a program of operations, for code from 0x1000. */
function rules(address: number, common: readonly number[], own: readonly number[]) {
  const entry = { codeAlign: 1, dataAlign: -8, ra: 16, encoding: 0x1b, ofSignal: false };
  return rulesAt(
    {
      start,
      common: { ...entry, augmented: true, program: new ByteReader(bytes(...common)) },
      program: new ByteReader(bytes(...own)),
    },
    address,
  );
}
const kinds = (of: Rules | undefined) => of && [of.frame, [...of.registers]];

test("the rules are those of the last operation at or before the address", () => {
  // def_cfa r7+8, r16 at cfa-8 | advance 1, offset 16, r6 at cfa-16 | advance 3, register r6
  const common = [0x0c, 7, 8, 0x90, 1];
  const own = [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6];
  const ra = [16, { kind: "memory", offset: -8 }];
  const fp = [6, { kind: "memory", offset: -16 }];
  expect(kinds(rules(start, common, own))).toEqual([{ register: 7, offset: 8 }, [ra]]);
  expect(kinds(rules(start + 1, common, own))).toEqual([{ register: 7, offset: 16 }, [ra, fp]]);
  expect(kinds(rules(start + 3, common, own))).toEqual([{ register: 7, offset: 16 }, [ra, fp]]);
  expect(kinds(rules(start + 4, common, own))).toEqual([{ register: 6, offset: 16 }, [ra, fp]]);
});

test("remembered rules come back, and restored ones are those of the unit", () => {
  // remember, def_cfa r6+32, r3 at cfa-24, undefined r16 | advance 2, restore the state
  const own = [0x0a, 0x0c, 6, 32, 0x83, 3, 0x07, 16, 0x42, 0x0b];
  const common = [0x0c, 7, 8, 0x90, 1];
  expect(rules(start, common, own)?.registers.get(16)).toEqual({ kind: "undefined" });
  const ra = [16, { kind: "memory", offset: -8 }];
  expect(kinds(rules(start + 2, common, own))).toEqual([{ register: 7, offset: 8 }, [ra]]);
  // r16 same as before | restore r16, and restore r6, which the unit does not have
  const restored = rules(start, common, [0x08, 16, 0x86, 2, 0xd0, 0xc6]);
  expect(kinds(restored)).toEqual([{ register: 7, offset: 8 }, [ra]]);
});

test.each([
  ["set_loc beyond the address", [0x01, 0xff, 0xff, 0, 0, 0x07, 3], []],
  ["advance_loc1", [0x02, 5, 0x07, 3], []],
  ["advance_loc2", [0x03, 5, 0, 0x07, 3], []],
  ["advance_loc4", [0x04, 5, 0, 0, 0, 0x07, 3], []],
  ["offset_extended", [0x05, 3, 4], [[3, { kind: "memory", offset: -32 }]]],
  ["offset_extended_sf", [0x11, 3, 0x7e], [[3, { kind: "memory", offset: 16 }]]],
  ["negative_offset", [0x2f, 3, 2], [[3, { kind: "memory", offset: 16 }]]],
  ["val_offset", [0x14, 3, 2], [[3, { kind: "value", offset: -16 }]]],
  ["val_offset_sf", [0x15, 3, 0x7f], [[3, { kind: "value", offset: 8 }]]],
  ["register", [0x09, 3, 12], [[3, { kind: "register", from: 12 }]]],
  ["expression", [0x10, 3, 1, 0x30], [[3, { kind: "memoryAt", expression: bytes(0x30) }]]],
  ["val_expression", [0x16, 3, 1, 0x30], [[3, { kind: "valueOf", expression: bytes(0x30) }]]],
  ["operations without an effect", [0x00, 0x2d, 0x2e, 16], []],
])("%s", (_, own, registers) => {
  expect(kinds(rules(start, [0x0c, 7, 8], own))).toEqual([{ register: 7, offset: 8 }, registers]);
});

test("frames by factored offsets and by an expression", () => {
  expect(rules(start, [], [0x12, 7, 0x7e])?.frame).toEqual({ register: 7, offset: 16 });
  expect(rules(start, [0x0c, 7, 8], [0x13, 0x7d])?.frame).toEqual({ register: 7, offset: 24 });
  expect(rules(start, [], [0x0f, 2, 0x77, 8])?.frame).toEqual({ expression: bytes(0x77, 8) });
});

test("an unknown operation gives no rules, and neither does a malformed program", () => {
  expect(rules(start, [0x0c, 7, 8], [0x3f])).toBeUndefined();
  expect(() => rules(start, [], [0x0e, 8])).toThrow(RangeError);
  expect(() => rules(start, [], [0x0c, 7])).toThrow(RangeError);
});

test("the expression of a procedure linkage table", () => {
  // r7+8, (r16 & 15) >= 11, << 3, +
  const plt = bytes(0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22);
  const value = (pc: number) =>
    evaluate(
      plt,
      new Map([
        [7, 0x100],
        [16, pc],
      ]),
      () => undefined,
    );
  expect([value(0x4005), value(0x400b)]).toEqual([0x108, 0x110]);
  expect(evaluate(plt, new Map(), () => undefined)).toBeUndefined();
  // A value in memory, as for registers that a signal saved; an unknown operation.
  expect(evaluate(bytes(0x77, 0, 0x06), new Map([[7, 8]]), (at) => at + 1)).toBe(9);
  expect(evaluate(bytes(0x31, 0x32, 0x99), new Map(), () => 0)).toBeUndefined();
});

/** Memory with these bytes at an address. */
const memory =
  (at: number, ...values: readonly number[]) =>
  (address: number, size: number): Uint8Array =>
    bytes(...values).slice(Math.max(address - at, 0), Math.max(address - at + size, 0));

test.runIf(process.arch === "x64").each([
  ["call rel32", [0, 0, 0xe8, 0x10, 0, 0, 0], 0x1010],
  ["call rax", [0, 0, 0, 0, 0, 0xff, 0xd0], "unknown"],
  ["call [rax+8]", [0, 0, 0, 0, 0xff, 0x50, 8], "unknown"],
  ["call [rip+x]", [0, 0xff, 0x15, 1, 2, 3, 4], "unknown"],
  ["call [rsp+rax*8+x]", [0xff, 0x94, 0xc4, 1, 2, 3, 4], "unknown"],
  ["jmp rax", [0, 0, 0, 0, 0, 0xff, 0xe0], "none"],
  ["call with a length that does not fit", [0, 0, 0, 0, 0xff, 0x15, 1], "none"],
  ["nothing", [0, 0, 0, 0, 0, 0, 0], "none"],
])("recognises %s in front of a return address", (_, code, target) => {
  const call = callBefore(memory(start - 7, ...code), start);
  expect(call === undefined ? "none" : (call.target ?? "unknown")).toBe(target);
});

test("parses the lines of /proc/PID/maps", () => {
  const [first, second] = parseMaps(
    "00400000-00401000 r-xp 00001000 fe:00 12    /a file\\012 (deleted)\n7f00-7f10 rw-p 0 00:00 0 \n",
  );
  expect(first).toEqual({
    ...{ start: 0x400000, end: 0x401000, executable: true, offset: 0x1000 },
    ...{ key: "fe:00 12 /a file\\012 (deleted)", path: "/a file\\012 (deleted)" },
  });
  expect([second?.executable, second?.path]).toEqual([false, ""]);
});

test("a file that is no ELF file of 64 bits, or was replaced, is not used", () => {
  const none = () => new Uint8Array(64);
  expect([readHeader(none), readSections(none)]).toEqual([undefined, []]);
  expect(openMapped("/nowhere", new Uint8Array(4096))).toBeUndefined();
  expect(openMapped(process.execPath, new Uint8Array(4096))).toBeUndefined();
  expect(openMapped("/dev/null", new Uint8Array(4096))).toBeUndefined();
});

test("malformed unwind information has no entries", () => {
  const zeros = (_: number, size: number) => new Uint8Array(size);
  expect(findByTable(zeros, 0x1000, 0x1000)).toBeUndefined();
  expect(findInAll(zeros, { address: 0x1000, size: 64 }, 0x1000)).toBeUndefined();
  expect(() => findByTable(() => new Uint8Array(), 0x1000, 0x1000)).toThrow(RangeError);
});

test("a thread that has ended has no stack, and the program is ended all the same", async () => {
  const child = spawn("true");
  await once(child, "exit");
  let ends = 0;
  const end = async (): Promise<void> => {
    ends++;
  };
  expect(await endWithStack(child.pid ?? 0, () => true, end)).toBeUndefined();
  expect(ends).toBe(1);
  // This thread has its number by now.
  const another = () => false;
  expect(await endWithStack(process.pid, another, end)).toBeUndefined();
  expect(ends).toBe(2);
});
