// SPDX-License-Identifier: MIT
// The first cause that each tool names, for a sample of `npm run tool causes`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { probeNative } from "@bpf-token/kernel-native";
import { describe, expect, test } from "vitest";
import { drawCombination, textOf } from "../lib/combination.mjs";
import { includes, mend, mendByText } from "../lib/mend.mjs";
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

describe("a fix", () => {
  const none = { masks: { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n }, caps: [], seccomp: false };
  const fixOf = (text: string) => mendByText({ id: "token.dropped.map", fix: [text] }, none);

  test("adds all that a cause lacks, and is none if it is there", () => {
    const lacks = [
      { axis: "maps", bit: 1, name: "hash" },
      { axis: "caps", bit: 39, name: "bpf" },
    ];
    const fixed = mend({ id: "token.dropped.map", lacks }, none);
    expect(fixed).toMatchObject({ masks: { maps: 2n }, caps: ["BPF"] });
    expect(mend({ id: "token.dropped.map", lacks }, fixed)).toBeUndefined();
    expect([includes(fixed, none), includes(none, fixed)]).toEqual([true, false]);
  });

  test("of explain is what its words name: a bit before a capability", () => {
    expect(fixOf("add hash to delegate_maps")?.masks.maps).toBe(2n);
    expect(fixOf("give the process CAP_PERFMON")?.caps).toEqual(["PERFMON"]);
    expect(fixOf("look at the log")).toBeUndefined();
  });

  test("of a refused attachment is a BPF link, and a network namespace where there is none", () => {
    const fix = (section: string, netns = "creator") =>
      mend({ id: "doctor.netns" }, { ...none, section, netns, wire: "netlink" });
    expect(fix("xdp")).toMatchObject({ wire: "link", netns: "creator" });
    expect(fix("tc")).toMatchObject({ wire: "netlink", netns: "own" });
    expect(fix("xdp", "own")).toBeUndefined();
  });
});
