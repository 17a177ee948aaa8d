// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { median, row, table } from "../lib/stats.mjs";

describe("the figures", () => {
  test("are medians with their extremes", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(row("a", "ns", [5, 1, 9])).toEqual({
      name: "a",
      unit: "ns",
      median: 5,
      min: 1,
      max: 9,
      samples: 3,
    });
  });

  test("stand in columns", () => {
    const rows = [row("short", "ns", [1.234, 200, 30]), row("a longer one", "bytes", [12345])];
    expect(table(rows)).toBe(
      ["short          30.0 ns     1.23 … 200 of 3", "a longer one  12345 bytes"].join("\n"),
    );
  });
});

test("a wrong option ends with exit code 2 and the usage", () => {
  const tool = fileURLToPath(new URL("../bench.mjs", import.meta.url));
  const run = spawnSync(process.execPath, [tool, "--jsn"], { encoding: "utf8" });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("usage: bench.mjs [--json] [--quick]");
});
