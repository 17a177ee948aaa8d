// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { findRegexes } from "../lib/find.mjs";
import { problemOf, readExempt, readSources } from "../regexes.mjs";

interface Named {
  readonly path: string;
  readonly text: string;
}
interface Regex extends Named {
  readonly line: number;
  readonly source: string | undefined;
  readonly flags: string;
}

const exempt = readExempt() as readonly Named[];
const regexes = findRegexes(readSources()) as readonly Regex[];
const isOf = (one: Named) => (other: Named) => one.path === other.path && one.text === other.text;

test("the list of expressions that are not checked is short and has no stale entry", () => {
  expect(exempt.length).toBeLessThanOrEqual(5);
  expect(exempt.filter((entry) => !regexes.some(isOf(entry)))).toEqual([]);
});

test("the steps of no expression over foreign text grow faster than the text", () => {
  expect(regexes.length).toBeGreaterThan(600);
  const checked = regexes.filter((regex) => !exempt.some(isOf(regex)));
  const problems = checked.flatMap((regex) => {
    const problem = problemOf(regex);
    return problem === undefined ? [] : [`${regex.path}:${regex.line}: ${problem}`];
  });
  expect(problems).toEqual([]);
});
