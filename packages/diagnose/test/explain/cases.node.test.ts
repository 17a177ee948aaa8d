// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { cases } from "./cases.ts";

/** An excerpt is short: at most this many lines and characters. */
const MOST_LINES = 12;
const MOST_CHARACTERS = 1200;

describe("texts that people paste", () => {
  const of = (origin: (typeof cases)[number]["origin"]) =>
    cases.filter((one) => one.origin === origin);

  test("are at least a hundred, each with a name of its own", () => {
    expect(cases.length).toBeGreaterThanOrEqual(100);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test("are short excerpts with their address, or ours", () => {
    const [excerpts, own] = [of("excerpt"), of("ours")];
    expect(excerpts.length + own.length).toBe(cases.length);
    for (const { source, text } of excerpts) {
      expect(source).toMatch(/^https:\/\/\S+$/);
      expect(text.split("\n").length).toBeLessThanOrEqual(MOST_LINES);
      expect(text.length).toBeLessThanOrEqual(MOST_CHARACTERS);
    }
    for (const { source } of own) expect(source).toMatch(/^(?:https:\/\/\S+|run: .+)$/);
    expect(own.filter(({ source }) => source.startsWith("run: ")).length).toBeGreaterThan(20);
  });

  test("are hundreds from public threads, and few are token matters, as docs/explain.md says", () => {
    const threads = cases.filter(({ source }) => source.startsWith("https:"));
    const matters = threads.filter(({ token }) => token === "yes");
    expect(threads.length).toBeGreaterThan(300);
    expect(matters.length / threads.length).toBeLessThan(1 / 20);
  });

  test.each(cases)("$name", ({ text, expect: id, token }) => {
    const explanation = explainText(text);
    const [first] = explanation.candidates;
    expect([first?.id ?? null, explanation.token]).toEqual([id, token]);
    if (first === undefined) {
      const isHonest = /^(?:cannot tell|no known message)/.test(explanation.verdict);
      expect(isHonest || explanation.harmless.length > 0).toBe(true);
      return;
    }
    expect(first.fix.length).toBeGreaterThan(0);
    expect(first.evidence.length).toBeGreaterThan(0);
    expect(first.decides).not.toBe("");
  });
});
