// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { slowLines } from "../test-reporter.mjs";

test("names the slowest files, and their part of the whole", () => {
  const files = Array.from({ length: 30 }, (_, i) => ({ path: `f${i}`, time: i * 1000 }));
  const lines = slowLines("time of tests", files);
  expect(lines.slice(0, 3)).toEqual([
    "time of tests: 25 of 30 files took 425 s of 435 s:",
    ...["    29 s  f29", "    28 s  f28"],
  ]);
  expect(lines).toHaveLength(26);
  expect(lines).not.toContainEqual(expect.stringContaining("f4"));
});
