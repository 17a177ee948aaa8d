// SPDX-License-Identifier: MIT
// How often the first cause is right, for texts that were judged before the program answered.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { cases } from "./cases.ts";
import { answerOf, type Mark, mark, parseJudged } from "./judgement.ts";

const halves = [...new Set(cases.flatMap(({ half }) => (half === undefined ? [] : [half])))];

test.each(halves)("the first cause of the %s texts", (half) => {
  const texts = cases.filter((one) => one.half === half);
  const table = new Map<string, number>();
  const marks = texts.map((one) => {
    const wanted = parseJudged(one.judged ?? "").right[0] ?? "cannot tell";
    const cell = `${wanted} -> ${answerOf(one.text).id}`;
    table.set(cell, (table.get(cell) ?? 0) + 1);
    return mark(one, one.text);
  });
  const count = (wanted: Mark) => marks.filter((one) => one === wanted).length;
  console.log(`${half}: cause -> answer`, Object.fromEntries([...table].sort()));
  console.log(half, Object.fromEntries([...new Set(marks)].map((one) => [one, count(one)])));
  expect(texts.length).toBeGreaterThanOrEqual(40);
  expect((count("right") + count("honest")) / texts.length).toBeGreaterThanOrEqual(0.9);
  expect(count("wrong and certain")).toBe(0);
});

test("no judged text is called a token matter, except those that are one", () => {
  const judged = cases.filter(
    ({ judged }) => judged !== undefined && !/^(?:token|option\.delegate)\./.test(judged),
  );
  expect(judged.filter(({ text }) => explainText(text).token === "yes")).toEqual([]);
});
