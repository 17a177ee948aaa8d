// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { applyFixes, lintText } from "../../src/lint/index.ts";
import { right, wrong } from "./corpus.ts";

const idsIn = (file: string, text: string): readonly string[] =>
  lintText(file, text).map(({ finding }) => finding.id.replace("lint.", ""));

test.each([...wrong, ...right])("%s: %j", (file, text, ...ids) => {
  expect(idsIn(file, text).toSorted()).toEqual(ids.toSorted());
});

test.each(wrong)("every fix of %s removes its finding: %j", (file, text) => {
  const results = lintText(file, text);
  const fixable = results.filter(({ fix }) => fix !== undefined);
  const fixed = applyFixes(text, results, "all");
  expect(fixed.rest).toEqual(results.filter(({ fix }) => fix === undefined));
  const again = lintText(file, fixed.text);
  expect(again.filter(({ fix }) => fix !== undefined)).toEqual([]);
  expect(fixed.text === text).toBe(fixable.length === 0);
});
