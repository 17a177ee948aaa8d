// SPDX-License-Identifier: MIT
// A list of rules answers as its rules do one by one, whatever its expressions skip.
import { describe, expect, test } from "vitest";
import { allRules } from "../../src/explain/rules/index.ts";
import { allOf, anyOf, headsOf, inOrder, type Rule } from "../../src/explain/rules/rule.ts";
import { RuleList } from "../../src/explain/rules/rule-list.ts";
import { cases } from "./cases.ts";

const rule = (find: Rule["find"]): Rule => ({ find, causes: [], strength: 1 });
const itself = { exec: (line: string) => (line === "only itself" ? [line] : null) };
const rules = [
  rule(inOrder(/first/, /then/i)),
  rule(allOf(itself, /^both/)),
  rule(anyOf(/one/, inOrder(/two/i, /three/))),
  rule(itself),
  rule(/$/),
];

describe("RuleList", () => {
  test.each([
    ["first, THEN", 0],
    ["both first", 4],
    ["TWO, three", 2],
    ["one", 2],
    ["only itself", 3],
    ["two, THREE", 4],
  ])("%s: rule %i", (line, index) => {
    expect(new RuleList(rules).find([line])?.rule).toBe(rules[index]);
  });

  test("finds nothing in a line that no rule knows, and in no pieces", () => {
    const list = new RuleList(rules.slice(0, 4));
    expect(list.find(["first and three"])).toBeUndefined();
    expect(list.find([])).toBeUndefined();
  });

  test("a rule that comes first counts, in whatever piece it finds something", () => {
    const found = new RuleList(rules).find(["one", "first then"]);
    expect([found?.rule, found?.match]).toEqual([rules[0], ["first then"]]);
  });

  test("has the answer of its rules, asked one by one, for each line of the cases", () => {
    const list = new RuleList(allRules);
    const lines = cases.flatMap(({ text }) => text.split("\n"));
    const others = lines.filter((line) => {
      const first = allRules.find(({ find }) => find.exec(line) !== null);
      return list.find([line])?.rule !== first;
    });
    expect(lines.length).toBeGreaterThan(1000);
    expect(others).toEqual([]);
  });
});

test("expressions of rules can be joined: no references to groups, no names, no place to go on from", () => {
  const heads = allRules.flatMap(({ find }) => headsOf(find) ?? []);
  expect(heads.length).toBeGreaterThan(200);
  expect(heads.filter((head) => /\\[1-9]|\(\?<\w|\\k/.test(head.source))).toEqual([]);
  expect(heads.filter(({ flags }) => /[gyuv]/.test(flags))).toEqual([]);
});
