// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { sampleLines, skipLines } from "../skip-reporter.mjs";

test("prints one line per reason, and names tests without a reason", () => {
  expect(
    skipLines([
      { name: "a", reason: "not root" },
      { name: "b", reason: undefined },
      { name: "c", reason: "not root" },
      { name: "d", reason: "no cc" },
    ]),
  ).toEqual({
    lines: ["skipped: not root (2 tests)", "skipped: no cc (1 test)"],
    unexplained: ["b"],
  });
});

test("prints nothing if no test is skipped", () => {
  expect(skipLines([])).toEqual({ lines: [], unexplained: [] });
});

test("prints one line for cases that only the full run includes", () => {
  expect(sampleLines([0, 40, 0, 2])).toEqual([
    "not run: 42 cases of long lists in 2 files (npm run test:full runs them)",
  ]);
  expect(sampleLines([0, 0])).toEqual([]);
  expect(sampleLines([0, 0], true)).toEqual([]);
});

test("says that the full run takes all cases in Node, and a part in Chromium", () => {
  expect(sampleLines([7], true)).toEqual([
    "not run: 7 cases of long lists in 1 file in Chromium (they ran in Node)",
  ]);
});
