// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { formatRows, found, readRows, totalOf } from "../lib/exec-page.mjs";

const policies = [
  { short: "all", about: "everything" },
  { short: "none", about: "nothing" },
];
const same = { status: "0" };
const rows = new Map([
  [
    "one",
    [
      [same, same],
      [{ reason: "a" }, { reason: "b" }],
    ],
  ],
  [
    "two",
    [
      [same, {}],
      [{ reason: "b" }, { reason: "b" }],
    ],
  ],
]);

test("a page is read as it was written", () => {
  const text = formatRows(rows, policies);
  expect(text).toContain("| one | 0 | (1) / (2) |\n| two | 0 / **differs** | (2) |\n");
  expect(text).toContain("\n1. a\n2. b");
  expect(readRows(text, 2)).toEqual(rows);
  expect(() => readRows(text, 3)).toThrow("'(1) / (2)' is about 2 kernels, not 3");
});

test("the total counts equal runs, and differences with and without a reason", () => {
  const total = "8 runs: 3 are the same, 4 differ for a reason, 1 differ without one";
  expect(totalOf(rows)).toBe(total);
  expect(formatRows(rows, policies)).toContain(`${total}.`);
});

test("a run on one kernel has a status, a reason, or neither", () => {
  expect(found({ same: true, status: 255, reason: undefined })).toEqual({ status: "255" });
  expect(found({ same: false, status: 1, reason: "why" })).toEqual({ reason: "why" });
  expect(found({ same: false, status: 1, reason: undefined })).toEqual({});
});
