// SPDX-License-Identifier: MIT
// The author of a patch chooses the names in it, and that of its file.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { reviewText } from "../../src/cli/commands/review/report.ts";
import { shellWord } from "../../src/cli/text/markdown.ts";

const hostile = "<img src=x> @org [a](javascript:1) `id` | x\n# y";

test("names of a patch stay spans of code in the report", () => {
  const text = reviewText({
    built: {
      ...{ patch: hostile, base: hostile, release: "6.12", names: ["a", "b"], functions: [] },
      ...{ outside: [], untested: [{ path: hostile, binary: false }] },
    },
    rules: { rules: {}, suite: 1, run: 0, differing: [] },
    sequences: [],
  } as never);
  const span = "`<img src=x> @org [a](javascript:1)  id    x\\u000a# y`";
  expect(text).toContain(`# Review of ${span}\n`);
  expect(text).toContain(`Base: ${span}, compiled`);
  expect(text).toContain(`in their place: ${span}.`);
  expect(text.replaceAll(span, "")).not.toContain("<img");
});

test.each(["fix.patch", "/a/b-c_d@v6.18", "a b", "$(id) `id` \"x\" 'y' ; # \\ ~ *", "~root", ""])(
  "a shell reads the word %j as it is",
  (text) => {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${shellWord(text)}`], {
      encoding: "utf8",
    });
    expect(stdout).toBe(text);
  },
);

test("a plain path needs no quotes", () => {
  expect(shellWord("linux/fix-1.patch")).toBe("linux/fix-1.patch");
});
