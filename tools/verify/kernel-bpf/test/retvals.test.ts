// SPDX-License-Identifier: MIT
import * as object from "@bpf-token/object";
import { expect, test } from "vitest";
import { compareRuns, parseRetval, rightRuns, runAll, unexpected } from "../lib/retvals.mjs";

test.each([
  ["0", 0],
  ["-1", 0xffffffff],
  ["0x1f", 31],
  ["0xffffffff", 0xffffffff],
  ["INT_MIN", 0x80000000],
  ["_INT_MIN", 0x80000000],
  ["TEST_DATA_LEN", 64],
  ["POINTER_VALUE", "any"],
  ["0xcafe4all", "any"],
  ["0xbadcafe", "any"],
  ["x + 1", undefined],
])("the value %s of a test", (text, expected) => {
  expect(parseRetval(text)).toBe(expected);
});

test("runs are compared with the expected value and with the guest", () => {
  const counts = { runs: 0, runsExpected: 0, runsAsGuest: 0, runsNotModelled: 0, runsOfArenas: 0 };
  const result = { ...counts, differences: [] as string[] };
  const ours = new Map<string, object>([
    ["same", { expected: 1, retval: 1 }],
    ["pointer", { expected: "any", retval: 5 }],
    ["both", { expected: 1, retval: 2 }],
    ["module", { expected: 1, retval: 3 }],
    ["error", { expected: 1, why: "ENOTSUPP" }],
    ["trap", { expected: 1, why: "unreachable", isNotModelled: false }],
    [
      "unmodelled",
      {
        expected: 1,
        why: "not modelled by the bpf backend: a read of 'file'",
        isNotModelled: true,
      },
    ],
  ]);
  const theirs = new Map<string, object>([
    ["both", { retval: 2 }],
    ["module", { retval: 1 }],
    ["error", { why: "ENOTSUPP" }],
    ["trap", { retval: 1 }],
  ]);
  expect([...unexpected(ours)]).toEqual(["both", "module", "error", "trap"]);
  compareRuns(result, "a.o", ours, theirs);
  expect(result).toEqual({
    ...{ runs: 7, runsExpected: 2, runsAsGuest: 2, runsNotModelled: 1, runsOfArenas: 0 },
    differences: [
      "unexpected value on both: a.o both: expected 1, module 2, guest 2",
      "different run: a.o module: expected 1, module 3, guest 1",
      "unexpected value on both: a.o error: expected 1, module ENOTSUPP, guest ENOTSUPP",
      "different run: a.o trap: expected 1, module unreachable, guest 1",
      "does not run: a.o unmodelled: a read of 'file'",
    ],
  });
});

test("programs that need an arena do not count", () => {
  const result = { runs: 0, runsExpected: 0, runsAsGuest: 0, runsNotModelled: 0, runsOfArenas: 0 };
  const ours = new Map<string, object>([
    ["same", { expected: 1, retval: 1 }],
    ["arena", { expected: 1, why: "bpf_arena_alloc_pages", isNotModelled: true }],
  ]);
  const counted = { ...result, differences: [] };
  compareRuns(counted, "a.o", ours, new Map());
  expect(counted).toMatchObject({ runs: 2, runsNotModelled: 1, runsOfArenas: 1 });
  expect(rightRuns({ ...result, runs: 2, runsExpected: 1, runsOfArenas: 1 })).toBe(1);
  expect(rightRuns({ ...result, runs: 2, runsExpected: 1 })).toBe(0.5);
});

test("an object that does not parse has no runs", () => {
  expect([...runAll({ object }, new Uint8Array(8), "a.o")]).toEqual([]);
});
