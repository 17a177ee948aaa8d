// SPDX-License-Identifier: MIT
// How often the first cause is right, for texts that were judged before the program answered.
import { expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { type Case, cases } from "./cases.ts";

type Mark = "right" | "honest" | "missed" | "wrong" | "wrong and certain";

/** Splits a judgement: `a|b|?c` accepts a and b, and c if the answer is not certain. */
function parse(judged: string): { readonly right: string[]; readonly maybe: string[] } {
  const at = judged.indexOf("?");
  const [right, maybe] = at < 0 ? [judged, ""] : [judged.slice(0, at), judged.slice(at + 1)];
  const ids = (text: string) => text.split("|").filter((id) => id !== "");
  return { right: ids(right), maybe: ids(maybe) };
}

/** An answer: its id, `none` without a cause, and harmless causes as such. */
function answerOf(text: string): { readonly id: string; readonly isCertain: boolean } {
  const { candidates, harmless } = explainText(text);
  const first = candidates[0] ?? harmless[0];
  return { id: first?.id ?? "none", isCertain: candidates[0]?.confidence === "certain" };
}

function mark({ text, judged = "" }: Case): Mark {
  const { right, maybe } = parse(judged);
  const { id, isCertain } = answerOf(text);
  if (right.includes(id)) return "right";
  if (!isCertain && maybe.includes(id)) return "honest";
  if (id === "none") return right.length === 0 ? "honest" : "missed";
  return isCertain ? "wrong and certain" : "wrong";
}

const halves = [...new Set(cases.flatMap(({ half }) => (half === undefined ? [] : [half])))];

test.each(halves)("the first cause of the %s texts", (half) => {
  const texts = cases.filter((one) => one.half === half);
  const table = new Map<string, number>();
  const marks = texts.map((one) => {
    const wanted = parse(one.judged ?? "").right[0] ?? "cannot tell";
    const cell = `${wanted} -> ${answerOf(one.text).id}`;
    table.set(cell, (table.get(cell) ?? 0) + 1);
    return mark(one);
  });
  const count = (wanted: Mark) => marks.filter((one) => one === wanted).length;
  console.log(`${half}: cause -> answer`, Object.fromEntries([...table].sort()));
  console.log(half, Object.fromEntries([...new Set(marks)].map((one) => [one, count(one)])));
  expect(texts.length).toBeGreaterThanOrEqual(50);
  expect((count("right") + count("honest")) / texts.length).toBeGreaterThanOrEqual(0.9);
  expect(count("wrong and certain")).toBe(0);
});

test("no judged text is called a token matter: none of them is one", () => {
  const judged = cases.filter((one) => one.judged !== undefined);
  expect(judged.filter(({ text }) => explainText(text).token === "yes")).toEqual([]);
});
