// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { closingLine, failureLines, tally } from "../tally.mjs";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((state) => ({ status: state })),
});
const report = (...testResults: ReturnType<typeof file>[]) => ({ testResults });

test("counts passed, failed and every kind of skipped", () => {
  const counts = tally(
    report(file("failed", "passed", "failed"), file("passed", "passed", "pending", "todo")),
    1,
  );
  expect(closingLine(counts, 125_900)).toBe("2 passed, 1 failed, 2 skipped (2 min 5 s)");
});

test("a file that does not load is one failure", () => {
  expect(tally(report(file("passed", "passed"), file("failed")), 1).failed).toBe(1);
});

test("an error outside all tests is a failure", () => {
  expect(tally(report(file("passed", "passed")), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test("a run without any test is a failure, whatever its status", () => {
  expect(tally(undefined, 0).failed).toBe(1);
  expect(tally(report(), 0).failed).toBe(1);
  expect(tally(report(file("passed", "pending")), 0)).toMatchObject({ failed: 1, skipped: 1 });
});

test("a green run has no failure", () => {
  expect(tally(report(file("passed", "passed")), 0)).toEqual({
    passed: 1,
    failed: 0,
    skipped: 0,
    ran: 1,
  });
});

test("each failure is one line with the first line of its message", () => {
  const failed = {
    name: "/top/a.test.ts",
    status: "failed",
    assertionResults: [
      { status: "failed", fullName: "who > where", failureMessages: ["\nexpected 1\n  at x"] },
      { status: "passed", fullName: "not this" },
    ],
  };
  const unloaded = { name: "/top/b.test.ts", status: "failed", message: "", assertionResults: [] };
  expect(failureLines({ testResults: [failed, unloaded] }, "/top/")).toEqual([
    "failed: a.test.ts: who > where: expected 1",
    "failed: b.test.ts: the file itself: no message",
  ]);
  expect(failureLines(undefined)).toEqual([]);
});
