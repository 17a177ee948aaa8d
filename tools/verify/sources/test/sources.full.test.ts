// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { supervise } from "../lib/supervise.mjs";

test("malformed sources give documented errors, in time and without traces", async () => {
  const lines: string[] = [];
  const asked = { runs: 150, seed: 1, from: 0, seconds: 0 };
  const { found, runs, answers, megabytes } = await supervise(asked, (line: string) =>
    lines.push(line),
  );
  expect(found, lines.join("\n")).toEqual([]);
  expect(runs).toBe(150);
  expect(megabytes).toBeGreaterThan(0);
  // Some sources are still valid, and others fail in different places.
  expect(answers.get("ran")).toBeGreaterThan(0);
  expect(answers.size).toBeGreaterThan(5);
}, 1_800_000);
