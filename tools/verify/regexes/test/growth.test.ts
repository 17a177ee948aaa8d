// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { findRegexes } from "../lib/find.mjs";
import { findGrowth } from "../lib/growth.mjs";
import { StepCounter } from "../lib/steps.mjs";

test.each([
  /attach.*cgroup/,
  /\s+$/,
  /(?:attach|Detach)\w*.*cgroup.*(?:Invalid argument|not permitted)/i,
  /(?:set|remov\w+)[^:]*(?:RLIM\w*|memlock)/i,
  /^ {2,}\| +(?:\^-- )?(.*)$/,
  /^(.*?)([^/]+)\/*$/,
  /(["'])(?:\\.|(?!\1).)*\1/,
  /^(\w+\s?)*:$/,
  // An assertion that holds leaves nothing to go back to.
  /(?<=^\s*):(?=:)/,
])("finds a text for which %s is slow", (regex) => {
  expect(findGrowth(regex.source, regex.flags)?.exponent).toBeGreaterThan(1.8);
});

test.each([
  /attach/,
  /^attach.*cgroup/,
  /attach(?:(?!attach).)*cgroup/,
  /"(?:[^"\\]|\\.)*"/,
  /^((\d{1,3})\.(\d{1,3}))(?:\.\d{1,5})?(?:[-+~][\w.+~-]{0,64})?$/,
])("finds none for %s", (regex) => {
  expect(findGrowth(regex.source, regex.flags)).toBeUndefined();
});

test("counts the steps of simple loops, which V8 itself does not count", () => {
  const steps = new StepCounter("a.*b", "");
  expect(steps.count("a".repeat(1000))).toBeGreaterThan(500_000);
  expect(new StepCounter("^a.*b", "").count("a".repeat(1000))).toBeLessThan(10_000);
});

test("counts without the optimisation of V8, which depends on what the process did before", () => {
  const { source } =
    /failed to find valid kernel BTF|Error loading vmlinux BTF|vmlinux BTF is not found|no BTF found for kernel|BTF: failed to find BTF data for vmlinux|kernel doesn't (?:have|support) BTF/;
  const text = "support ".repeat(128);
  // Optimised, the search skips seven of eight characters.
  expect(new StepCounter(source, "i").count(text)).toBeGreaterThan(8 * text.length);
});

test("finds literals and made expressions, with the constants in them", () => {
  const made = "new RegExp(`$" + "{WORD} $" + '{this.key}`, "i")';
  const sources = [
    ["a.ts", "export const WORD: string = String.raw`\\w+`;"],
    ["b.ts", `f(/x\\/y/gi, ${made});\nnew RegExp(unknown, "m");`],
  ] as const;
  expect(findRegexes(sources)).toEqual([
    { path: "b.ts", line: 1, text: "/x\\/y/gi", source: "x\\/y", flags: "gi" },
    { path: "b.ts", line: 1, text: made, source: "\\w+ name", flags: "i" },
    { path: "b.ts", line: 2, text: 'new RegExp(unknown, "m")', source: undefined, flags: "m" },
  ]);
});
