// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { words } from "../src/btf/editor.ts";
import {
  Btf,
  type BtfType,
  encodeBtf,
  ObjectFormatError,
  parseBtfExt,
  parseElf,
  parseObject,
  resolveType,
  sizeOfType,
} from "../src/index.ts";
import { type Entry, elf, type Part, symbols } from "./handmade.ts";
import { int } from "./int-type.ts";

/** Returns the error of an attempt as `SECTION+0xOFFSET: REASON`. */
function complaint(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ObjectFormatError) return error.message;
    throw error;
  }
  return "nothing";
}

const EXIT = words([0x95, 0]);
const CODE = { type: 1, flags: 6 };
const FUNC = 0x12;
const OBJECT = 0x11;
const EXTERN = 0x10;

/** An object with one program in section 1, symbols, and further sections. */
function object(entries: readonly Entry[], parts: readonly Part[] = [], code = EXIT): Uint8Array {
  const program = { name: "socket", ...CODE, data: code };
  return elf([program, ...symbols(entries, 3), ...parts]);
}

const program: Entry = { name: "program", info: FUNC, section: 1, size: 8 };

/** A valid file in which one number is changed, by its width and offset. */
function patched(width: 8 | 16 | 32, at: number, value: number): Uint8Array {
  const file = object([program]);
  const view = new DataView(file.buffer);
  if (width === 8) view.setUint8(at, value);
  else if (width === 16) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
  return file;
}

test("the file that the other tests modify is valid", () => {
  const spec = parseObject(object([program]));
  expect(spec.programs.map(({ name }) => name)).toEqual(["program"]);
  expect(spec.functions[0]?.insns).toEqual(EXIT);
  expect([spec.maps, spec.license, spec.btf]).toEqual([[], "", undefined]);
});

test.each([
  ["an empty file", new Uint8Array(), "ELF header+0x0: the header of 64 bytes exceeds"],
  ["no ELF magic", new Uint8Array(64), "ELF header+0x0: not an ELF file"],
  ["32 bits", patched(8, 4, 1), "ELF header+0x4: not a 64-bit file"],
  ["big-endian", patched(8, 5, 2), "ELF header+0x5: not little-endian"],
  ["executable", patched(16, 16, 2), "ELF header+0x10: not a relocatable file"],
  ["for x86", patched(16, 18, 62), "ELF header+0x12: for machine 62, not for BPF"],
  ["section headers outside the file", patched(32, 40, 0x7fffffff), "the section header table of"],
  ["an offset above 2^53", patched(32, 44, 0x7fffffff), "the place of the section headers is 0x7f"],
  ["too many sections", patched(16, 60, 0xffff), "the section header table of 4194240 bytes"],
  ["names in a missing section", patched(16, 62, 99), "the section names are in section 99"],
])("refuses a malformed ELF header: %s", (_, file, reason) => {
  expect(complaint(() => parseElf(file))).toContain(reason);
});

test("refuses every truncation of a file", () => {
  const file = object([program], [{ name: ".BTF", data: encodeBtf([int]) }]);
  for (let length = 0; length < file.length; length++) {
    expect(complaint(() => parseObject(file.subarray(0, length)))).toMatch(/\+0x/);
  }
});

test("refuses a file without a symbol table, or with two", () => {
  expect(complaint(() => parseElf(elf([])))).toContain("there is no symbol table");
  const two = [...symbols([], 2), ...symbols([], 4)];
  expect(complaint(() => parseElf(elf(two)))).toContain("there are two symbol tables");
});

test.each<[string, Partial<Entry>, string]>([
  ["cut within an instruction", { size: 4 }, "does not consist of whole instructions"],
  [
    "longer than its section",
    { size: 800 },
    "socket+0x0: function program reaches beyond its section",
  ],
  ["static", { info: 2 }, "is static, but programs must be global"],
])("refuses a program that is %s", (_, change, reason) => {
  expect(complaint(() => parseObject(object([{ ...program, ...change }])))).toContain(reason);
});

test("refuses functions that overlap many times", () => {
  const copies = Array.from({ length: 3 }, (_, i) => ({ ...program, name: `program${i}` }));
  expect(complaint(() => parseObject(object(copies)))).toBe("socket+0x0: functions overlap");
});

/** `.rel` entries for section 1: offset, type, symbol. */
function relocation(offset: number, symbol: number): Part {
  return { name: ".relsocket", type: 9, info: 1, data: words([offset, 0, 1, symbol]) };
}

const LOAD = words([0x18, 0, 0, 0, 0x95, 0]);
const long: Entry = { ...program, size: 24 };

test.each<[string, Uint8Array, string]>([
  [
    "a missing symbol",
    object([long], [relocation(0, 9)], LOAD),
    "refers to symbol 9, which does not exist",
  ],
  [
    "the middle of an instruction",
    object([long], [relocation(4, 1)], LOAD),
    ".relsocket+0x4: the relocation does not",
  ],
  [
    "an exit instruction",
    object([long], [relocation(16, 1)], LOAD),
    "socket+0x10: an instruction with code 0x95",
  ],
  [
    "a program",
    object([long], [relocation(0, 1)], LOAD),
    "program is neither a map nor a variable",
  ],
])("refuses a relocation to %s", (_, file, reason) => {
  expect(complaint(() => parseObject(file))).toContain(reason);
});

test("refuses an extern without a declaration in BTF", () => {
  const extern = { name: "CONFIG_HZ", info: EXTERN, section: 0 };
  expect(complaint(() => parseObject(object([program, extern])))).toContain(
    "the object has externs but no BTF",
  );
  const btf = { name: ".BTF", data: encodeBtf([]) };
  expect(complaint(() => parseObject(object([program, extern], [btf])))).toContain(
    "BTF does not declare extern CONFIG_HZ",
  );
});

test("refuses a call to a place without a function", () => {
  const call = words([0x1085, 99, 0x95, 0]);
  const file = object([{ ...program, size: 16 }], [], call);
  expect(complaint(() => parseObject(file))).toBe(
    "socket+0x0: there is no function at instruction 100 of .text",
  );
});

/** BTF with one type, given as words. */
function raw(...type: readonly number[]): Btf {
  const whole = encodeBtf(type.length === 3 ? [{ kind: "PTR", name: "", type: 0 }] : [int]);
  whole.set(words(type), 24);
  return Btf.parse(whole);
}

test.each<[string, () => unknown, string]>([
  ["no header", () => Btf.parse(new Uint8Array(3)), ".BTF+0x0: not BTF"],
  ["kind 0", () => raw(0, 0, 0), "unknown BTF kind 0"],
  ["kind 31", () => raw(0, 31 << 24, 0), "unknown BTF kind 31"],
  ["65,535 members", () => raw(0, (4 << 24) | 0xffff, 0), "a type is cut off"],
  ["a name outside the strings", () => raw(999, 2 << 24, 0).type(1), "a string of 1 bytes exceeds"],
  ["a missing type", () => raw(0, 2 << 24, 0).type(77), "there is no type 77"],
])("refuses BTF with %s", (_, attempt, reason) => {
  expect(complaint(attempt)).toContain(reason);
});

test("refuses cycles of types", () => {
  const typedef: BtfType = { kind: "TYPEDEF", name: "self", type: 1, flag: false };
  const self = Btf.parse(encodeBtf([typedef]));
  expect(complaint(() => resolveType(self, 1))).toContain("type 1 refers to itself");
  const array: BtfType = { kind: "ARRAY", name: "", elementType: 1, indexType: 1, count: 1 };
  expect(complaint(() => sizeOfType(Btf.parse(encodeBtf([array])), 1))).toContain(
    "contains itself",
  );
  const huge = [int, { ...array, count: 0xffffffff }, { ...array, elementType: 2, count: 9 }];
  expect(complaint(() => sizeOfType(Btf.parse(encodeBtf(huge)), 3))).toContain("more than 4 GB");
});

test("refuses a .BTF.ext with malformed tables", () => {
  const btf = Btf.parse(encodeBtf([int]));
  const ext = (...table: readonly number[]): (() => unknown) => {
    const head = [0x1eb9f, 24, 0, table.length * 4, 0, 0];
    return () => parseBtfExt(words([...head, ...table]), btf);
  };
  expect(complaint(() => parseBtfExt(new Uint8Array(2), btf))).toContain("not .BTF.ext");
  expect(complaint(ext(4, 1, 1, 0, 0))).toBe(
    ".BTF.ext+0x18: a record size of 4 bytes is not valid",
  );
  expect(complaint(ext(8, 1, 0))).toContain("no record for section int");
  expect(complaint(ext(8, 1, 0x7fffffff, 0))).toContain("do not fit");
  expect(complaint(ext(8, 1, 1, 0, 1, 1, 1, 0, 1))).toContain("section int has records twice");
});

/** An object with one map that is defined by these types; type 1 is an int. */
function defined(types: readonly BtfType[], size = 8): Uint8Array {
  const variable: BtfType = { kind: "VAR", name: "map", type: types.length + 1, linkage: 1 };
  const section: BtfType = {
    kind: "DATASEC",
    name: ".maps",
    size: 0,
    vars: [{ type: types.length + 2, offset: 0, size }],
  };
  const parts = [
    { name: ".maps", flags: 3, data: new Uint8Array(8) },
    { name: ".BTF", data: encodeBtf([int, ...types, variable, section]) },
  ];
  const symbol = { name: "map", info: OBJECT, section: 4, size: 8 };
  return object([program, symbol], parts);
}

const pointer: BtfType = { kind: "PTR", name: "", type: 2 };
const member = (name: string): BtfType => ({
  kind: "STRUCT",
  name: "",
  size: 8,
  flag: false,
  members: [{ name, type: 3, bitOffset: 0, bitSize: 0 }],
});
const seven: BtfType = { kind: "ARRAY", name: "", elementType: 1, indexType: 1, count: 7 };

test("the map that the other tests modify is valid", () => {
  const [map] = parseObject(defined([seven, pointer, member("type")])).maps;
  expect(map).toMatchObject({ name: "map", type: 7 });
});

test.each<[string, Uint8Array, string]>([
  ["no struct", defined([]), "map map is not defined by a struct"],
  ["no type", defined([seven, pointer, member("max_entries")]), "map map has no type"],
  ["an unknown member", defined([seven, pointer, member("colour")]), "unknown member colour"],
  [
    "a type that is not a number",
    defined([int, pointer, member("type")]),
    "type of a map is not a number",
  ],
  ["values and no type", defined([seven, pointer, member("values")]), "does not allow values"],
  ["unknown pinning", defined([seven, pointer, member("pinning")]), "unknown pinning 7"],
  ["a size beyond its section", defined([seven, pointer, member("type")], 99), "reaches beyond"],
])("refuses a map with %s", (_, file, reason) => {
  expect(complaint(() => parseObject(file))).toContain(reason);
});

test("refuses maps without BTF, and legacy maps that are too short", () => {
  const maps = { name: ".maps", flags: 3, data: new Uint8Array(8) };
  expect(complaint(() => parseObject(object([program], [maps])))).toContain(
    "BTF does not list the maps",
  );
  const legacy = { name: "maps", flags: 3, data: new Uint8Array(16) };
  const symbol = { name: "old", info: OBJECT, section: 4 };
  expect(complaint(() => parseObject(object([program, symbol], [legacy])))).toContain("map old");
});

test("reads legacy maps from a struct of numbers", () => {
  const legacy = { name: "maps", flags: 3, data: words([1, 4, 8, 100, 1]) };
  const symbol = { name: "old", info: OBJECT, section: 4, size: 20 };
  expect(parseObject(object([program, symbol], [legacy])).maps).toMatchObject([
    { name: "old", origin: "legacy", type: 1, keySize: 4, valueSize: 8, maxEntries: 100, flags: 1 },
  ]);
});
