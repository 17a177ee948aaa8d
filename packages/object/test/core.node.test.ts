// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { expect, type TestContext, test } from "vitest";
import {
  Btf,
  type BtfType,
  CORE_POISON,
  type CoreKind,
  type CoreResult,
  encodeBtf,
  ObjectFormatError,
  type ObjectSpec,
  parseObject,
  relocateCore,
} from "../src/index.ts";
import { compile } from "./clang.ts";
import { type Instruction, instructions } from "./instructions.ts";
import { int } from "./int-type.ts";

interface Given {
  readonly object: ObjectSpec;
  readonly kernel: Btf;
}

function given(context: TestContext): Given {
  const object = parseObject(compile(context, "core"));
  const kernel = parseObject(compile(context, "kernel")).btf;
  if (kernel === undefined) throw new Error("the kernel has no types");
  return { object, kernel };
}

const indexOf = ({ functions }: ObjectSpec, name: string): number =>
  functions.findIndex((one) => one.name === name);

/** Returns the results of the relocations of one function. */
function results({ object, kernel }: Given, name: string): readonly CoreResult[] {
  return relocateCore(object, kernel, new Set([indexOf(object, name)])).results;
}

const answers = (of: readonly CoreResult[], kind: CoreKind): (bigint | undefined)[] =>
  of.filter(({ relocation }) => relocation.kind === kind).map(({ value }) => value);

function adjusted({ object, kernel }: Given, name: string): Instruction[] {
  const index = indexOf(object, name);
  const spec = relocateCore(object, kernel, new Set([index])).object.functions[index];
  return instructions(spec?.insns ?? new Uint8Array());
}

test("relocates fields by name: offset, size, existence", (context) => {
  const found = results(given(context), "fields");
  // task.counter, task.bits in its own eight bytes, task.parts[1].second
  expect(answers(found, "field-byte-offset")).toEqual([32n, 24n, 64n]);
  expect(answers(found, "field-byte-size")).toEqual([8n]);
  expect(answers(found, "field-exists")).toEqual([0n]);
  expect(answers(found, "field-signed")).toEqual([1n]);
  expect(answers(found, "field-lshift-u64")).toEqual([0n]);
  expect(answers(found, "field-rshift-u64")).toEqual([60n]);
});

test("relocates types by name: id, size, existence, match", (context) => {
  const both = given(context);
  const found = results(both, "types");
  expect(answers(found, "type-id-local")).toEqual([BigInt(both.object.btf?.id("task") ?? 0)]);
  expect(answers(found, "type-id-target")).toEqual([BigInt(both.kernel.id("task") ?? 0)]);
  expect(answers(found, "type-exists")).toEqual([1n, 0n]);
  expect(answers(found, "type-size")).toEqual([88n]);
  expect(answers(found, "type-matches")).toEqual([1n, 0n]);
});

test("relocates enumerators by name, including 64-bit values and flavours", (context) => {
  const found = results(given(context), "enums");
  expect(answers(found, "enumval-exists")).toEqual([1n, 0n]);
  expect(answers(found, "enumval-value")).toEqual([20n, 30n, 0x2000000000n]);
});

test("replaces 32-bit and 64-bit constants in instructions", (context) => {
  const moves = adjusted(given(context), "fields").filter(
    ({ code }) => code === (Insn.ALU64 | Insn.MOV | Insn.K),
  );
  expect(moves.map(({ imm }) => imm)).toEqual(expect.arrayContaining([32, 8, 0, 1, 60, 24, 64]));
  const insns = adjusted(given(context), "enums");
  const loads = insns.flatMap(({ code, imm }, i) =>
    code === 0x18 ? [[imm, insns[i + 1]?.imm]] : [],
  );
  expect(loads).toEqual(
    expect.arrayContaining([
      [20, 0],
      [30, 0],
      [0, 0x20],
    ]),
  );
});

test("adjusts offset and width of a load of an unsigned field", (context) => {
  const [load] = adjusted(given(context), "reads");
  expect(load).toMatchObject({ code: Insn.LDX | Insn.MEM | Insn.DW, off: 32 });
});

test("poisons a load of a signed field whose width differs", (context) => {
  const [load] = adjusted(given(context), "reads_signed");
  expect(load).toEqual({ code: Insn.JMP | Insn.CALL, dst: 0, src: 0, off: 0, imm: CORE_POISON });
});

test("poisons a load of a missing field", (context) => {
  const both = given(context);
  const [load] = adjusted(both, "reads_what_is_gone");
  expect(load).toMatchObject({ code: Insn.JMP | Insn.CALL, imm: 195_896_080 });
  expect(answers(results(both, "reads_what_is_gone"), "field-byte-offset")).toEqual([undefined]);
});

test("treats a flavour as a variant of the type, here one that does not match", (context) => {
  const both = given(context);
  const [load] = adjusted(both, "reads_flavour");
  expect(load?.imm).toBe(CORE_POISON);
  const old = both.object.btf?.id("task___old") ?? 0;
  expect(both.object.coreRelocations.some(({ typeId }) => typeId === old)).toBe(true);
});

const ambiguous = (bitOffset: number): BtfType => ({
  kind: "STRUCT",
  name: "ambiguous",
  size: 8,
  flag: false,
  members: [{ name: "x", type: 1, bitOffset, bitSize: 0 }],
});

test("refuses several types of one name with different results", (context) => {
  const { object } = given(context);
  const wanted = new Set([indexOf(object, "asks_ambiguous")]);
  const two = Btf.parse(encodeBtf([int, ambiguous(0), ambiguous(32)]));
  expect(() => relocateCore(object, two, wanted)).toThrow(ObjectFormatError);
  expect(() => relocateCore(object, two, wanted)).toThrow("with different results: 2, 3");
  const same = Btf.parse(encodeBtf([int, ambiguous(32), ambiguous(32)]));
  expect(relocateCore(object, same, wanted).results).toMatchObject([{ value: 4n, targetId: 2 }]);
});

test("searches modules for names that the kernel does not have", (context) => {
  const { object } = given(context);
  const wanted = new Set([indexOf(object, "asks_ambiguous")]);
  const typedef = (name: string): BtfType => ({ kind: "TYPEDEF", name, type: 1, flag: false });
  const without = Btf.parse(encodeBtf([int, typedef("ambiguous"), typedef("x")]));
  // The modules use strings of the kernel, so the offsets are the same.
  const module = (bitOffset: number): Btf =>
    Btf.parse(encodeBtf([int, ambiguous(bitOffset)]), { base: without });
  const asked = (kernel: Btf, modules: readonly Btf[]): CoreResult | undefined =>
    relocateCore(object, kernel, wanted, modules).results[0];
  expect(asked(without, [])).toMatchObject({ value: undefined, unknown: true });
  expect(asked(without, [module(64)])).toMatchObject({ value: 8n, targetId: 5, unknown: false });
  expect(() => asked(without, [module(64), module(32)])).toThrow("several types ambiguous");
  const there = Btf.parse(encodeBtf([int, ambiguous(32)]));
  expect(asked(there, [module(64)])).toMatchObject({ value: 4n, targetId: 2, unknown: false });
});

test("returns an object without BTF or without relocations unchanged", (context) => {
  const { object, kernel } = given(context);
  const without = { ...object, btf: undefined };
  expect(relocateCore(without, kernel).object).toBe(without);
  const nothing = { ...object, coreRelocations: [] };
  expect(relocateCore(nothing, kernel)).toEqual({ object: nothing, results: [] });
});
