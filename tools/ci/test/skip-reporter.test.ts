// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { sampleLines, skipLines } from "../skip-reporter.mjs";

test("one line per reason, and the unexplained by name", () => {
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

test("nothing skipped, nothing said", () => {
  expect(skipLines([])).toEqual({ lines: [], unexplained: [] });
});

test("one line for the cases that only the full run takes, if there are any", () => {
  expect(sampleLines([0, 40, 0, 2])).toEqual([
    "left out: 42 cases of long lists in 2 files (npm run test:full runs them)",
  ]);
  expect(sampleLines([0, 0])).toEqual([]);
});
