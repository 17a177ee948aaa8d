// SPDX-License-Identifier: MIT
import type { Value } from "@bpf-token/object";
import { expect, test } from "vitest";
import { type LineCoverage, lcov, mergeCoverage } from "../../src/program-test/coverage.ts";
import { showValue } from "../../src/program-test/value/show.ts";
import { difference, fitValue, type Plain, sumOf } from "../../src/program-test/values.ts";

const bytes = (...parts: number[]): Uint8Array => Uint8Array.from(parts);

test.each<[Plain, Value, Value]>([
  [7, 0n, 7n],
  ["0x10", 0, 16],
  ["-3", 0, -3],
  ["10.0.0.1", 0, 0x0100000a],
  [1, false, true],
  ["text", "", "text"],
  ["10.0.0.1", bytes(0, 0, 0, 0), bytes(10, 0, 0, 1)],
  ["htons(53)", 0, 0x3500],
  ["htons(0x35)", 0n, 0x3500n],
  ["htonl(0x0a000001)", 0, 0x0100000a],
  ["htonl(4294967295)", 0, 0xffffffff],
  ["htons(53)", bytes(0, 0), bytes(0, 53)],
  ["htonl(1)", bytes(0, 0, 0, 0), bytes(0, 0, 0, 1)],
  ["htons(53)", "", "htons(53)"],
  ["0102", bytes(0, 0), bytes(1, 2)],
  [[1, 255], bytes(0, 0), bytes(1, 255)],
  [0x0102, bytes(0, 0, 0, 0), bytes(2, 1, 0, 0)],
  [-2n, bytes(0, 0), bytes(0xfe, 0xff)],
  ["-2", bytes(0, 0), bytes(0xfe, 0xff)],
  [
    [1, "0x2"],
    [0, 0],
    [1, 2],
  ],
  [{ a: 1 }, { a: 0n, b: 0 }, { a: 1n }],
])("a value takes its shape %#", (plain, shape, value) => {
  expect(fitValue(plain, shape, "x")).toEqual(value);
});

const zeros = Array.from({ length: 16 }, () => 0);
/** A struct in6_addr, as the kernel declares it. */
const in6 = {
  in6_u: { u6_addr8: bytes(...zeros), u6_addr16: zeros.slice(8), u6_addr32: zeros.slice(12) },
};

test.each<[Plain, Value, string]>([
  ["text", 0, "x: a number is expected, not 'text'"],
  ["htons(65536)", 0, "x: htons takes 0 to 65535, not 65536"],
  ["htonl(4294967296)", bytes(0, 0, 0, 0), "x: htonl takes 0 to 4294967295, not 4294967296"],
  ["htons(53)", bytes(0, 0, 0, 0), "x: 4 bytes expected, not 2"],
  ["htons(-1)", 0, "x: a number is expected, not 'htons(-1)'"],
  ["ntohs(53)", 0, "x: a number is expected, not 'ntohs(53)'"],
  ["htons(53)", false, "x: true or false is expected, not 'htons(53)'"],
  [null, 0n, "x: a number is expected, not nothing"],
  [2, false, "x: true or false is expected, not 2"],
  [1, "", "x: a text is expected, not 1"],
  ["xyz", bytes(0), "x: an address or hexadecimal digits are expected, not 'xyz'"],
  [[256], bytes(0), "x[0]: 256 does not fit in 8 unsigned bits (0 to 255)"],
  [[0, -1], bytes(0, 0), "x[1]: -1 does not fit in 8 unsigned bits (0 to 255)"],
  [[null], bytes(0), "x[0]: a number is expected, not nothing"],
  [[[1]], bytes(0), "x[0]: a number is expected, not a collection"],
  [[1, 2, 3], bytes(0, 0, 0, 0), "x: 4 bytes expected, not 3"],
  ["0102", bytes(0), "x: 1 byte expected, not 2"],
  [256, bytes(0), "x: 256 does not fit in 8 bits (-128 to 255)"],
  ["-32769", bytes(0, 0), "x: -32769 does not fit in 16 bits (-32768 to 65535)"],
  [2n ** 64n, bytes(...Array.from({ length: 8 }, () => 0)), "does not fit in 64 bits ("],
  [1, bytes(0, 0, 0), "x: an address or hexadecimal digits are expected, not 1"],
  [1, [0], "x: a list is expected, not 1"],
  [[1, 2], [0], "x: 1 value expected, not 2"],
  [[1], [0, 0], "x: 2 values expected, not 1"],
  [1, { a: 0 }, "x: a struct is expected, { a: … }, not 1"],
  ["b", { a: 0, b: 0 }, "x: a struct is expected, { a: …, b: … }, not 'b'"],
  ["fe80::1", { a: 0, b: 0, c: 0 }, "x: a struct is expected, { a: …, b: …, … }, not 'fe80::1'"],
  ["10.0.0.1", in6, "x: a struct is expected, { in6_u: … }, not '10.0.0.1'"],
  ["fe80::1", { address: bytes(...zeros), port: 0 }, "x: a struct is expected"],
  ["fe80::1", { s_addr: 0 }, "x: a struct is expected, { s_addr: … }, not 'fe80::1'"],
  [{ packets: 1 }, { a: 0 }, "x: the type has no member 'packets'; known: a"],
  [{ constructor: 1 }, { a: 0 }, "x: the type has no member 'constructor'"],
  [{ a: { b: "c" } }, { a: { b: 0 } }, "x.a.b: a number is expected, not 'c'"],
])("a value that does not fit has its place %#", (plain, shape, message) => {
  expect(() => fitValue(plain, shape, "x")).toThrow(message);
});

test.each<[Plain, Value, Value]>([
  ["::1", in6, { in6_u: { u6_addr8: bytes(...zeros.slice(1), 1) } }],
  ["10.0.0.1", { s_addr: 0 }, { s_addr: 0x0100000a }],
  [{ saddr: "::1" }, { saddr: in6, port: 0 }, { saddr: fitValue("::1", in6, "x") }],
])("an address is the struct of an address %#", (plain, shape, value) => {
  expect(fitValue(plain, shape, "x")).toEqual(value);
  expect(difference(plain, { ...(shape as object), ...(value as object) }, "x")).toBeUndefined();
  expect(difference(plain, shape, "x")).toMatch(/^x\.(saddr\.)?(in6_u\.u6_addr8|s_addr) is /);
});

test.each<[Plain, Value, string | undefined]>([
  [{ a: 1 }, { a: 1, b: 2 }, undefined],
  [{ b: 1 }, { a: 1, b: 2 }, "x.b is 2, expected 1"],
  [[1, 2], [1, 3], "x[1] is 3, expected 2"],
  ["10.0.0.1", 0x0200000a, "x is 10.0.0.2, expected 10.0.0.1"],
  ["htons(53)", 0x3500, undefined],
  ["htons(53)", 0x5000, "x is htons(80), expected htons(53)"],
  ["htons(53)", 0x10000n, "x is 65536, expected htons(53)"],
  ["htonl(1)", 1, "x is htonl(16777216), expected htonl(1)"],
  ["htons(65536)", "b", 'x is "b", expected "htons(65536)"'],
  ["htons(53)", bytes(0, 80), "x is 0x0050, expected 0x0035"],
  ["01ff", bytes(1, 2), "x is 0x0102, expected 0x01ff"],
  ["a", "b", 'x is "b", expected "a"'],
  [4000, 40975, "x is 40975, expected 4000: the same bytes in the other order"],
  [0x0a000001, 0x0100000an, "x is 16777226, expected 167772161: the same bytes in the other order"],
  [4000, 40976, "x is 40976, expected 4000"],
  [0, -1, "x is -1, expected 0"],
])("a difference has its place %#", (expected, value, text) => {
  expect(difference(expected, value, "x")).toBe(text);
});

test("values of CPUs are added by member, and shown", () => {
  expect(
    sumOf([
      { a: 1n, b: bytes(1) },
      { a: 2n, b: bytes(2) },
    ]),
  ).toEqual({ a: 3n, b: bytes(1) });
  expect([sumOf([]), sumOf([1, 2])]).toEqual([[], 3]);
  expect(showValue({ a: [1n], b: "c", d: bytes(1) })).toBe('{ a: [1], b: "c", d: 0x01 }');
});

const line = (
  number: number,
  ran: number,
  ways: readonly [number, number][] = [],
): LineCoverage => ({
  ...{ file: "a.c", line: number, text: "", ran },
  branches: ways.map(([jumped, passed]) => ({ jumped, passed })),
});

test("coverage is written for lcov, and added up over runs", () => {
  const runs = [
    [
      line(3, 2, [
        [2, 0],
        [0, 0],
      ]),
      line(4, 0),
    ],
    [
      line(3, 1, [
        [0, 1],
        [0, 0],
      ]),
      line(4, 0),
    ],
  ];
  expect(lcov(mergeCoverage(runs)).split("\n")).toEqual([
    ...["TN:", "SF:a.c", "BRDA:3,0,0,2", "BRDA:3,0,1,1", "BRDA:3,1,0,-", "BRDA:3,1,1,-"],
    ...["DA:3,3", "DA:4,0", "BRF:4", "BRH:2", "LF:2", "LH:1", "end_of_record", ""],
  ]);
  expect(lcov([])).toBe("");
});
