// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import bounds from "../bounds.json" with { type: "json" };
import { judge, targetsOf } from "../lib/check.mjs";
import { median, row, table } from "../lib/stats.mjs";

describe("the figures", () => {
  test("are medians with extremes", () => {
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

  test("are aligned in columns", () => {
    const rows = [row("short", "ns", [1.234, 200, 30]), row("a longer one", "bytes", [12345])];
    const lines = table(rows).split("\n");
    expect(lines.map((line: string) => line.trim().split(/ {2,}/))).toEqual([
      ["short", "30.0 ns", "1.23 … 200 of 3"],
      ["a longer one", "12345 bytes"],
    ]);
    expect(lines[0]?.indexOf("30.0") ?? 0).toBe((lines[1]?.indexOf("12345") ?? 0) + 1);
  });
});

test("a wrong option ends with exit code 2 and the usage", () => {
  const tool = fileURLToPath(new URL("../bench.mjs", import.meta.url));
  const run = spawnSync(process.execPath, [tool, "--jsn"], { encoding: "utf8" });
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("usage: npm run bench -- [start] [--json] [--check] [--quick]");
});

describe("bounds", () => {
  const rows = [
    row("loop", "ns", [4, 2, 100]),
    row("call", "us", [1, 0.2, 7]),
    row("steps", "1/s", [1e6, 5e6]),
    row("module", "bytes", [1000]),
  ];
  const why = "measured today";

  test("are ratios of the best samples, whatever the units", () => {
    const [verdict] = judge([{ row: "call", per: "loop", atMost: 100, why }], rows);
    expect(verdict).toEqual({ kept: true, text: `kept  call: 100 of 100 times "loop" (${why})` });
    expect(judge([{ row: "call", per: "loop", atMost: 99, why }], rows)[0]?.kept).toBe(false);
  });

  test("without a base row are in the unit of the row", () => {
    const differences = [row("beyond", "ms", [-7, 3, 4])];
    const bound = { row: "beyond", atMost: 60, statistic: "median", why };
    expect(judge([bound], differences)[0]?.text).toBe(`kept  beyond: 3.00 of 60 ms (${why})`);
    expect(judge([{ ...bound, atMost: 2 }], differences)[0]?.kept).toBe(false);
    expect(judge([{ row: "call", atMost: 1, why }], rows)[0]?.text).toContain("0.20 of 1 us");
  });

  test("of rates compare the time of one event", () => {
    const bound = { row: "steps", per: "loop", atMost: 101, why };
    expect(judge([bound], rows)[0]?.kept).toBe(true);
    expect(judge([{ ...bound, atMost: 99 }], rows)[0]?.kept).toBe(false);
  });

  test("of sizes are absolute", () => {
    expect(judge([{ row: "module", atMost: 999, why }], rows)).toEqual([
      { kept: false, text: `OVER  module: 1000 of 999 bytes (${why})` },
    ]);
  });

  test("without a row are not kept, unless the row was skipped", () => {
    const bound = { row: "native: open", per: "loop", atMost: 1, why };
    expect(judge([bound], rows)[0]?.kept).toBe(false);
    expect(judge([bound], rows, ["native"])).toEqual([]);
  });

  test("have targets in the unit of their row, which the table shows", () => {
    const targets = targetsOf([
      { row: "call", per: "loop", atMost: 9, target: 0.5, why },
      { row: "module", atMost: 9, why },
    ]);
    expect([...targets]).toEqual([["call", 0.5]]);
    const lines = table(rows, targets).split("\n");
    expect(lines.filter((line: string) => line.endsWith("target 0.5"))).toEqual([lines[1]]);
    expect(lines[1]).toContain("call");
  });

  test("in the repository give a reason", () => {
    expect(bounds.length).toBeGreaterThan(10);
    for (const bound of bounds) expect(bound.why.length).toBeGreaterThan(5);
  });
});
