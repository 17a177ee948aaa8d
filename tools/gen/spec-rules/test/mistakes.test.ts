// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { readSpec } from "../rules.mjs";
import { lineOf, mutated, semantics } from "./spec.ts";

/** The row to break, how to break it, and the expected message. */
const mistakes: [string, string, (line: string) => string, string][] = [
  ["a duplicate id", "| TC-02 |", (l) => l.replace("TC-02", "TC-01"), "duplicate id TC-01"],
  [
    "a cell too few",
    "| TC-05 |",
    (l) => l.replace("| y | y |", "| y |"),
    "8 cells, the heading has 9",
  ],
  ["a cell too many", "| FS-03 |", (l) => `${l} y |`, "10 cells, the heading has 9"],
  ["an empty cell", "| OP-03 |", (l) => l.replace("| y |", "| |"), 'column "v10" is empty'],
  [
    "an unknown errno",
    "| TC-08 |",
    (l) => l.replace("| EPERM |", "| EPERN |"),
    "unknown errno EPERN",
  ],
  ["an unknown errno in the text", "| TP-14 |", (l) => l.replace("EINVAL", "EINVLA"), "EINVLA"],
  ["an unknown evidence mark", "| MC-05 |", (l) => l.replace("S:M13b", "X:M13b"), '"X:M13b"'],
  ["a mark without ids", "| MC-05 |", (l) => l.replace("S:M13b", "S"), 'unknown evidence mark "S"'],
  ["a malformed probe id", "| MC-05 |", (l) => l.replace("M13b", "13M"), '"13M" in "S:13M"'],
  ["a malformed rule id", "| CS-01 |", (l) => l.replace("CS-01", "CS-1"), "is not a rule id"],
  ["a joint column with nonsense", "| SY-02 |", (l) => l.replace("| y |", "| yes |"), '"yes"'],
  ["an unknown release", "| TF-04 |", (l) => l.replace("6.9+", "six+"), "unknown release six"],
  [
    "a wrong total",
    "| numbered rules |",
    (l) => l.replace("324", "289"),
    "says 289, the tables give 324",
  ],
];

test.each(mistakes)("%s is reported with its line", (_, start, change, message) => {
  const { problems } = readSpec(mutated(start, change));
  const found = problems.find(({ line }) => line === lineOf(start));
  expect(found?.message).toContain(message);
});

test.each([
  [
    "an unknown column",
    "| id | property |",
    (l: string) => l.replace("property", "prop"),
    '"prop"',
  ],
  [
    "a missing release column",
    "| id | check |",
    (l: string) => l.replace("6.9", "v10..6.18"),
    "missing",
  ],
  ["a table not called id", "| id | check |", (l: string) => l.replace("id", "no"), "TC-01 is in"],
])("%s is reported, not skipped", (_, start, change, message) => {
  const { problems } = readSpec(mutated(start, change));
  expect(problems.map((problem) => problem.message).join("\n")).toContain(message);
});

test("a missing rule shows in the totals", () => {
  const without = semantics.replace(/^\| TC-11 .*\n/m, "");
  expect(readSpec(without).problems.map(({ message }) => message)).toEqual([
    "section 11 says 324, the tables give 323: numbered rules",
    "section 11 says 23, the tables give 22: from source only",
  ]);
});

test("problems are sorted by line", () => {
  const lines = readSpec(semantics.replaceAll("| EINVAL |", "| EINVLA |")).problems.map(
    (p) => p.line,
  );
  expect(lines.length).toBeGreaterThan(20);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
});

test("empty text and text without rules are errors", () => {
  expect(readSpec("").problems.length).toBeGreaterThan(0);
  expect(readSpec("# a heading\n\nwords\n").problems.length).toBeGreaterThan(0);
});
