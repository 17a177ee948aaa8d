// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { ruleWords } from "../../src/explain/generated/rule-words.ts";
import { allRules } from "../../src/explain/rules/index.ts";
import { headsOf } from "../../src/explain/rules/rule.ts";
import { WordText } from "../../src/explain/rules/word-text.ts";
import { cases } from "./cases.ts";
import { ruleWordsText, wordsOf } from "./words-of.ts";

// To write the file: npx vitest run --project node packages/diagnose/test/explain/rule-words.node.test.ts --update
test("the words of the rules are those of their expressions", async () => {
  await expect(ruleWordsText(allRules)).toMatchFileSnapshot(
    "../../src/explain/generated/rule-words.ts",
  );
});

test("nearly each rule has words", () => {
  expect(ruleWords.length).toBe(allRules.length);
  expect(ruleWords.filter((words) => words.length === 0).length).toBeLessThan(allRules.length / 10);
});

test.each<[string, readonly string[] | undefined]>([
  ["failed to (?:load|attach)|^EPERM", ["failed to ", "eperm"]],
  ["(?:load|attach)", ["load", "attach"]],
  ["loads? of", ["load"]],
  ["lo+ads", ["ads"]],
  ["ab(?:cd)?ef", undefined],
  ["ab(?:cdef){0,2}", undefined],
  ["a{0}bcd", ["bcd"]],
  ["ab{2,}cde", ["cde"]],
  ["(?:abc){2}", ["abc"]],
  ["abc|.", undefined],
  ["abc|", undefined],
  ["abc|de", undefined],
  ["(?=abcdef)xyz", ["xyz"]],
  ["(?!abcdef)xyz", ["xyz"]],
  ["(?<!abcdef)xyz", ["xyz"]],
  ["(?<name>abc)", ["abc"]],
  ["abc[^)|(]def", ["abc"]],
  ["abc\\[def", ["abc[def"]],
  ["ab\\wcde", ["cde"]],
  ["abc\\x41", undefined],
  ["\\p{L}abc", undefined],
  ["abc)def", undefined],
  ["Erişim", ["eri"]],
  ["Отказ", ["\u0080"]],
  ["в?", undefined],
])("the words of /%s/", (source, words) => {
  expect(wordsOf(source)).toEqual(words);
});

test("a text has words in any case, and characters outside of ASCII", () => {
  const text = new WordText("Failed: ОТКАЗ");
  expect(text.hasAny(["x", "failed"])).toBe(true);
  expect(text.hasAny(["\u0080"])).toBe(true);
  expect(text.hasAny(["load"])).toBe(false);
  expect(new WordText("failed").hasAny(["\u0080"])).toBe(false);
});

/** Texts that an expression knows, made of its source: each sign is omitted or read as a character. */
const guesses = (source: string): readonly string[] =>
  source
    .split("|")
    .map((one) => one.replace(/\\([^\w])|[\\^$?*+()[\]{}]|\\[bB]/g, (_, char) => char ?? ""));

test("a text that an expression knows has one of its words", () => {
  let known = 0;
  for (const [i, { find }] of allRules.entries()) {
    for (const head of headsOf(find) ?? []) {
      for (const text of guesses(head.source)) {
        if (!head.test(text)) continue;
        known++;
        expect([text, new WordText(text).hasAny(ruleWords[i] ?? [])]).toEqual([text, true]);
      }
    }
  }
  expect(known).toBeGreaterThan(100);
});

test("each line of the cases that a rule knows has one of its words", () => {
  const lines = cases.flatMap(({ text }) => text.split("\n"));
  const wrong = lines.flatMap((line) => {
    const text = new WordText(line);
    return allRules.filter(
      ({ find }, i) => !text.hasAny(ruleWords[i] ?? []) && find.exec(line) !== null,
    );
  });
  expect(lines.length).toBeGreaterThan(1000);
  expect(wrong).toEqual([]);
});
