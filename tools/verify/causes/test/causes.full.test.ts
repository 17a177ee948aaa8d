// SPDX-License-Identifier: MIT
// The first cause that each tool names, for a sample of `npm run tool causes`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { expect, test } from "vitest";
import { drawCombination, textOf } from "../lib/combination.mjs";
import { tableLines } from "../lib/table.mjs";

const support = probeNative();
const programs = [process.env.CLANG ?? "clang-19", "cc", "strace", "setpriv"];
const missing = programs.find((name) => spawnSync(name, ["--version"]).error !== undefined);
const why = support.ok ? missing && `${missing} is not installed` : support.why;

test("every tool names the same first cause, and its fix cures it", {
  timeout: 600_000,
}, (context) => {
  if (why !== undefined) return context.skip(why);
  const tool = fileURLToPath(new URL("../causes.mjs", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [tool, "--count", "12", "--seed", "1"], {
    encoding: "utf8",
  });
  expect(stdout, stderr).toMatch(/^12 combinations, \d{2,} answers/m);
  // "later" is the true cause of a later call: one exception more to look at, but no wrong answer.
  expect(stdout.split("\n").filter((line) => /^ {2}\w+: .*: (differs|no cure)/.test(line))).toEqual(
    [],
  );
});

test("the table counts the verdicts of a tool and a cause", () => {
  const row = { tool: "load", cause: "token.dropped.map", more: "" };
  const rows = ["agreed", "agreed", "later", "no cure"].map((verdict) => ({ ...row, verdict }));
  expect(tableLines(rows).at(-1)).toBe("| load | token.dropped.map | 2 | 1 | 0 | 1 |");
});

test("a seed draws the same combination again", () => {
  expect(textOf(drawCombination(7))).toBe(textOf(drawCombination(7)));
  expect(textOf(drawCombination(7))).not.toBe(textOf(drawCombination(8)));
});
