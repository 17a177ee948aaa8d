// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { masked, mutantsOf } from "../lib/sites.mjs";

const text = `#include <linux/err.h>
/* if (never) return -EPERM; */
int f(struct thing *t, int a)
{
	if (!t || a <= 3) // a > 3
		return -EINVAL;
	t->text = "a == b";
	return a >> 1;
}
`;

test("ignores comments, strings and preprocessor lines", () => {
  const code = masked(text);
  expect(code.length).toBe(text.length);
  expect(code.split("\n").length).toBe(text.split("\n").length);
  expect(code).not.toMatch(/never|a == b|a > 3|include/);
  expect(code).toContain("if (!t || a <= 3)");
});

test("mutates each comparison, condition, errno and return, one at a time", () => {
  const mutants = mutantsOf(text) as readonly {
    readonly rule: string;
    readonly line: number;
    readonly column: number;
    readonly text: string;
  }[];
  expect(mutants.map(({ rule, line }) => `${line} ${rule}`)).toEqual([
    "5 ! is gone",
    "5 if is always",
    "5 if is never",
    "5 || is &&",
    "5 <= is <",
    "5 <= is >",
    "6 return 0",
    "6 EINVAL is EXDEV",
    "8 return 0",
    "8 return the contrary",
  ]);
  for (const { text: changed, line } of mutants) {
    const [before, after] = [text, changed].map((one) => one.split("\n")) as [string[], string[]];
    expect(after.length).toBe(before.length);
    expect(after.flatMap((row, i) => (row === before[i] ? [] : [i + 1]))).toEqual([line]);
  }
  expect(mutants[3]?.text).toContain("if (!t && a <= 3) // a > 3");
});
