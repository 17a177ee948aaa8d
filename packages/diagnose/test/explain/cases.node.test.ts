// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";
import { cases } from "./cases.ts";

describe("texts from public threads", () => {
  test("are at least a hundred, each with an address of its own name", () => {
    expect(cases.length).toBeGreaterThanOrEqual(100);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    for (const { source } of cases) expect(source).toMatch(/^https:\/\/\S+$/);
  });

  test.each(cases)("$name", ({ text, expect: id, token }) => {
    const explanation = explainText(text);
    const [first] = explanation.candidates;
    expect([first?.id ?? null, explanation.token]).toEqual([id, token]);
    if (first === undefined) {
      expect(explanation.harmless.length).toBeGreaterThan(0);
      return;
    }
    expect(first.fix.length).toBeGreaterThan(0);
    expect(first.evidence.length).toBeGreaterThan(0);
    expect(first.decides).not.toBe("");
  });
});
