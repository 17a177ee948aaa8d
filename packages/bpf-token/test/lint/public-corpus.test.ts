// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { lintFindings, lintText } from "../../src/lint/index.ts";
import { publicWrong } from "./public-corpus.ts";
import { publicPrograms } from "./public-programs.ts";
import { publicRight } from "./public-right.ts";

const all = [...publicWrong, ...publicRight, ...publicPrograms];

test.each(all)("$file of $source", ({ file, text, mistakes, missed = [] }) => {
  const found = lintText(file, text).map(
    ({ finding, line }) => `${line} ${finding.id.replace("lint.", "")}`,
  );
  expect([...new Set(found), ...missed].toSorted()).toEqual([...mistakes].toSorted());
});

test("labels name lines of the text and findings that lint has", () => {
  const known = new Set<string>(lintFindings.map(({ id }) => id));
  for (const { text, mistakes } of all) {
    for (const mistake of mistakes) {
      const [line, id] = mistake.split(" ");
      expect(text.split("\n")[Number(line) - 1], mistake).toBeTruthy();
      expect(known, mistake).toContain(`lint.${id}`);
    }
  }
});

test("each wrong file has a mistake, and no other", () => {
  expect(publicWrong.filter(({ mistakes }) => mistakes.length === 0)).toEqual([]);
  expect(publicRight.filter(({ mistakes }) => mistakes.length > 0)).toEqual([]);
});
