// SPDX-License-Identifier: MIT
// The first cause that each tool names, for a sample of `npm run causes`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { probeNative } from "@bpf-token/kernel-native";
import { expect, test } from "vitest";
import { drawCombination, textOf } from "../lib/combination.mjs";
import { judge } from "../lib/judge.mjs";
import { openContext } from "../lib/stage.mjs";
import { tableLines } from "../lib/table.mjs";

const support = probeNative();
const programs = [process.env.CLANG ?? "clang-19", "cc", "strace", "setpriv"];
const missing = programs.find((name) => spawnSync(name, ["--version"]).error !== undefined);
const why = support.ok ? missing && `${missing} is not installed` : support.why;

test("every tool names the same first cause, and its fix cures it", async (context) => {
  if (why !== undefined) return context.skip(why);
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-causes-"));
  try {
    const opened = await openContext(folder);
    const wrong = Array.from({ length: 20 }, (_, i) => drawCombination(i + 1)).flatMap((one) =>
      judge(opened, one)
        .filter(({ verdict }) => verdict === "differs" || verdict === "no cure")
        .map((row) => `${textOf(one)}: ${JSON.stringify(row)}`),
    );
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);

test("the table counts the verdicts of a tool and a cause", () => {
  const row = { tool: "load", cause: "token.dropped.map", more: "" };
  const rows = ["agreed", "agreed", "later", "no cure"].map((verdict) => ({ ...row, verdict }));
  expect(tableLines(rows).at(-1)).toBe("| load | token.dropped.map | 2 | 1 | 0 | 1 |");
});

test("a seed draws the same combination again", () => {
  expect(textOf(drawCombination(7))).toBe(textOf(drawCombination(7)));
  expect(textOf(drawCombination(7))).not.toBe(textOf(drawCombination(8)));
});
