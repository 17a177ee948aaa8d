// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { skipLines } from "../skip-reporter.mjs";

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
