// SPDX-License-Identifier: MIT
// The author of a repository writes the patterns and the names that they are compared with.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Gitignore } from "../../src/cli/commands/lint/gitignore.ts";
import { Work } from "../../src/cli/commands/lint/name-pattern.ts";
import { candidatesIn } from "../../src/cli/commands/lint/walk.ts";
import { UsageError } from "../../src/cli/usage.ts";

const name = "a".repeat(240);
/** Each comparison with the name goes back as often as it can. */
const slow = `*${"a".repeat(119)}b`;

/** How many comparisons a call makes. */
function stepsOf(call: (work: Work) => unknown): number {
  let steps = 0;
  const work = new Work();
  work.spend = (more) => {
    steps += more;
  };
  call(work);
  return steps;
}

test("a pattern without a slash is compared with the last name only", () => {
  const steps = (folders: number): number =>
    stepsOf((work) => {
      const path = Array.from({ length: folders + 1 }, () => name);
      expect(new Gitignore([slow], 1, work).ignores(path, false)).toBeUndefined();
    });
  expect(steps(0)).toBeGreaterThan(10_000);
  expect(steps(14)).toBe(steps(0));
});

test("the patterns of all folders above a file have one limit", () => {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-patterns-"));
  onTestFinished(() => rmSync(top, { recursive: true }));
  mkdirSync(join(top, "a/b"), { recursive: true });
  const lines = Array.from({ length: 999 }, (_, i) => `never-${i}`);
  writeFileSync(join(top, ".gitignore"), lines.join("\n"));
  writeFileSync(join(top, "a/.gitignore"), "one.service\ntwo.service\n");
  writeFileSync(join(top, "a/b/.gitignore"), "three.service\n");
  for (const file of ["one", "two", "three"]) writeFileSync(join(top, `a/b/${file}.service`), "");
  const found = [...candidatesIn([top], { exclude: [], folder: top })];
  // A pattern that does not count hides nothing.
  expect(found.map(({ path }) => path.slice(top.length + 1))).toEqual([
    "a/b/three.service",
    "a/b/two.service",
  ]);
});

test("a folder whose .gitignore has a path too long for the system hides no others", () => {
  const top = mkdtempSync(join(tmpdir(), "bpf-token-patterns-"));
  onTestFinished(() => rmSync(top, { recursive: true }));
  let deep = top;
  while (deep.length < 4088) deep = join(deep, "d".repeat(Math.min(199, 4087 - deep.length)));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(top, "a.service"), "");
  const found = [...candidatesIn([top], { exclude: [], folder: top })];
  expect([deep.length, found.map(({ path }) => path)]).toEqual([4088, [join(top, "a.service")]]);
});

test.each([slow, `*/${slow}`, "**/a/**/b/**/c"])(
  "the pattern %j has a limit of work",
  (pattern) => {
    const ignore = new Gitignore([pattern], 1, new Work(5));
    const path = pattern.startsWith("*/") ? ["a", name] : ["a", "b", "a", "b", "a", name];
    expect(() => ignore.ignores(path, false)).toThrow(UsageError);
    expect(() => ignore.ignores(path, false)).toThrow(/takes too long\. Fix: name the files/);
  },
);
