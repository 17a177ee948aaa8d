// SPDX-License-Identifier: MIT
// Numbers that do not fit the key, the value or the variable that a test sets or compares.
import type { BpfMap } from "@bpf-token/loader";
import { Btf, type BtfType, encodeBtf, type Value } from "@bpf-token/object";
import { MapType } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import type { Place, StateOf } from "../../src/program-test/file/file.ts";
import { readTestFile } from "../../src/program-test/file/read-file.ts";
import { expectedOf, stateOf, type TestState } from "../../src/program-test/file/test-state.ts";
import type { LoadedObject } from "../../src/program-test/loaded-object.ts";
import { setState, stateProblems } from "../../src/program-test/state.ts";
import { ValueError } from "../../src/program-test/values.ts";

const int = (name: string, size: number, signed: boolean): BtfType => ({
  kind: "INT",
  name,
  size,
  signed,
  bool: false,
  char: false,
  bits: 8 * size,
  bitOffset: 0,
});
const member = (name: string, type: number, bitOffset: number, bitSize = 0) => ({
  ...{ name, type, bitOffset, bitSize },
});
const U32 = 1;
const S16 = 2;
const U64 = 3;
const PAIR = 4;
const FLAGS = 5;
const S64 = 6;
const btf = Btf.parse(
  encodeBtf([
    int("u32", 4, false),
    int("s16", 2, true),
    int("u64", 8, false),
    { kind: "ARRAY", name: "", elementType: U32, indexType: U32, count: 2 },
    {
      ...{ kind: "STRUCT", name: "flags", size: 8, flag: true },
      members: [member("low", U32, 0, 3), member("count", S16, 32)],
    },
    int("s64", 8, true),
  ]),
);

/** A map that has one value for every key. */
function mapOf(
  name: string,
  [keyTypeId, keySize]: readonly [number, number],
  [valueTypeId, valueSize]: readonly [number, number],
  found: Value,
): BpfMap {
  const spec = { name, type: MapType.HASH, keyTypeId, keySize, valueTypeId, valueSize };
  const map = { name, spec, get: () => found, set: () => undefined, delete: () => undefined };
  return map as unknown as BpfMap;
}

const zeros = (size: number): Uint8Array => new Uint8Array(size);
const maps = [
  mapOf("typed", [U32, 4], [S16, 2], 5),
  mapOf("wide", [U64, 8], [S64, 8], 5n),
  mapOf("raw", [0, 2], [0, 1], zeros(1)),
  mapOf("odd", [0, 3], [0, 6], zeros(6)),
  mapOf("pairs", [U32, 4], [PAIR, 8], [1, 2]),
  mapOf("flags", [U32, 4], [FLAGS, 8], { low: 1, count: -1 }),
  mapOf("cpus", [U32, 4], [U32, 4], [4294967295, 1]),
];

function objectOf(): LoadedObject {
  const collection = {
    maps: new Map(maps.map((map) => [map.name, map])),
    programs: new Map(),
    map: (name: string) => maps.find((map) => map.name === name),
  };
  const spec = { name: "limit", map: ".bss", offset: 0, size: 2, typeId: S16, constant: false };
  const variables = { specs: [spec], get: () => 5, set: () => undefined };
  const object = { object: { btf }, collection, variables, map: collection.map };
  return object as unknown as LoadedObject;
}

/** The error of a function with its place, or the problems that it returns. */
function found(run: (object: LoadedObject, place: Place) => Iterable<unknown>): unknown {
  const place: Place = { at: { line: 0, column: 0 } };
  try {
    return [...run(objectOf(), place)];
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return `${place.at.line}:${place.at.column} ${error.message}`;
  }
}

const setting = (state: StateOf) =>
  found((object, place) => {
    setState(object, state, place);
    return [];
  });
const comparing = (state: TestState) =>
  found((object, place) => stateProblems(object, expectedOf(state), place));

test.each<[TestState, string]>([
  [
    { maps: { typed: { "4294967296": 1 } } },
    "typed: the key: 4294967296 does not fit in 32 unsigned bits (0 to 4294967295)",
  ],
  [
    { maps: { typed: { "-1": 1 } } },
    "typed: the key: -1 does not fit in 32 unsigned bits (0 to 4294967295)",
  ],
  [
    { maps: { typed: { 1: 32768 } } },
    "typed[1]: 32768 does not fit in 16 signed bits (-32768 to 32767)",
  ],
  [{ maps: { typed: { 1: 1.5 } } }, "typed[1]: expected an integer, got 1.5 (number)"],
  [
    { maps: { typed: { 1: 2n ** 70n } } },
    `typed[1]: ${2n ** 70n} does not fit in 16 signed bits (-32768 to 32767)`,
  ],
  [
    { maps: { typed: { 1: "10.0.0.1" } } },
    "typed[1]: 16777226 does not fit in 16 signed bits (-32768 to 32767)",
  ],
  [
    { maps: { wide: { "18446744073709551616": 1 } } },
    "wide: the key: 18446744073709551616 does not fit in 64 unsigned bits (0 to 18446744073709551615)",
  ],
  [
    { maps: { wide: { 1: 2n ** 63n } } },
    "wide[1]: 9223372036854775808 does not fit in 64 signed bits (-9223372036854775808 to 9223372036854775807)",
  ],
  [
    { maps: { raw: { 65536: 1 } } },
    "raw: the key: 65536 does not fit in 16 bits (-32768 to 65535)",
  ],
  [{ maps: { raw: { 1: -129 } } }, "raw[0x0100]: -129 does not fit in 8 bits (-128 to 255)"],
  [{ maps: { raw: { "010203": 1 } } }, "raw: the key: 2 bytes expected, not 3"],
  [{ maps: { odd: [[[1, 2], "000000000000"]] } }, "odd: the key: 3 bytes expected, not 2"],
  [
    { maps: { odd: { "010203": [1, 2, 3, 4, 5, 6, 7] } } },
    "odd[0x010203]: 6 bytes expected, not 7",
  ],
  [{ maps: { pairs: { 1: [1] } } }, "pairs[1]: 2 values expected, not 1"],
  [{ maps: { pairs: { 1: 3 } } }, "pairs[1]: a list is expected, not 3"],
  [
    { maps: { pairs: { 1: [1, -1] } } },
    "pairs[1][1]: -1 does not fit in 32 unsigned bits (0 to 4294967295)",
  ],
  [
    { maps: { flags: { 1: { low: 8 } } } },
    "flags[1].low: 8 does not fit in 3 unsigned bits (0 to 7)",
  ],
  [
    { variables: { limit: 40000 } },
    "limit: 40000 does not fit in 16 signed bits (-32768 to 32767)",
  ],
])("a number that does not fit is an error that has the range %#", (state, message) => {
  expect(setting(stateOf(state))).toBe(`0:0 ${message}`);
  // A comparison names the key as the test writes it.
  const compared = message.replace("raw[0x0100]", "raw[1]").replace("odd[0x010203]", "odd[010203]");
  expect(comparing(state)).toBe(`0:0 ${compared}`);
});

test.each<TestState>([
  { maps: { typed: { 4294967295: 5, 0: 5 } }, variables: { limit: 5 } },
  { maps: { wide: { "18446744073709551615": 5 } } },
  { maps: { raw: { 65535: 0, "-32768": 0, "0102": "00" } } },
  {
    maps: {
      odd: [
        [
          [1, 2, 3],
          [0, 0, 0, 0, 0, 0],
        ],
      ],
    },
  },
  { maps: { pairs: { 1: [1, 2] }, flags: { 1: { low: 1, count: -1 } } } },
  // The sum over all CPUs may be larger than each value.
  { maps: { cpus: { 1: 4294967296, 2: [4294967295, 1] } } },
])("numbers at the ends of the range fit %#", (state) => {
  expect(comparing(state)).toEqual([]);
});

test("values of CPUs fit one by one, and all are given", () => {
  expect(comparing({ maps: { cpus: { 1: [4294967296, 1] } } })).toBe(
    "0:0 cpus[1][0]: 4294967296 does not fit in 32 unsigned bits (0 to 4294967295)",
  );
  expect(comparing({ maps: { cpus: { 1: [1] } } })).toBe("0:0 cpus[1]: 2 values expected, not 1");
});

const head = "object: a.o\ntests:\n  - name: a\n";
const stepOf = (text: string) => {
  const { tests } = readTestFile(`${head}${text}    expect: {}\n`, "t.yaml", () => zeros(0));
  return tests[0]?.steps[0] as { set: StateOf };
};

test.each([
  ["    maps: { typed: { 1: 2, 4294967296: 1 } }\n", "4:28 typed: the key: 4294967296 does"],
  ["    maps:\n      typed:\n        1: 70000\n", "6:12 typed[1]: 70000 does not fit"],
  [
    "    maps:\n      odd:\n        - [[1, 2], [0]]\n",
    "6:12 odd: the key: 3 bytes expected, not 2",
  ],
  [
    "    maps:\n      odd:\n        - [010203, [0]]\n",
    "6:20 odd[0x010203]: 6 bytes expected, not 1",
  ],
  ["    variables: { limit: -32769 }\n", "4:18 limit: -32769 does not fit in 16 signed bits"],
])("the error has the place of the key or value in the file %#", (text, problem) => {
  expect(setting(stepOf(text).set)).toContain(problem);
});
