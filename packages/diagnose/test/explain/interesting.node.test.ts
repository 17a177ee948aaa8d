// SPDX-License-Identifier: MIT
// The words that let the reader skip a line of a large log must not skip one that a rule knows.
import { expect, test } from "vitest";
import { findRule } from "../../src/explain/rules/index.ts";
import { isInteresting } from "../../src/explain/text-explainer.ts";
import { cases } from "./cases.ts";

test("no line of a case that a rule knows is skipped", () => {
  const lines = cases.flatMap(({ text }) => text.split("\n"));
  const skipped = lines.filter((line) => !isInteresting(line) && findRule(line) !== undefined);
  expect(lines.length).toBeGreaterThan(1000);
  expect(skipped).toEqual([]);
});
