// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { splitLines } from "../../src/cli/input/lines.ts";

async function* pieces(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

async function split(texts: readonly string[], most?: number): Promise<readonly string[]> {
  const lines: string[] = [];
  await splitLines(pieces(...texts), (line) => lines.push(line), most);
  return lines;
}

test("lines are split across pieces, with either line break", async () => {
  expect(await split(["a", "b\r", "\n\nc\n", "", "d\re"])).toEqual(["ab", "", "c", "d\re"]);
  expect(await split([])).toEqual([]);
  expect(await split(["a\n"])).toEqual(["a"]);
});

test("a line that is too long is named, also one that no string can hold", async () => {
  expect(await split(["abc\nabc"], 3)).toEqual(["abc", "abc"]);
  await expect(split(["abc\nab", "cd"], 3)).rejects.toThrow("line 2 has more than 3 characters");
  const long = "x".repeat(1 << 26);
  await expect(split(Array(12).fill(long))).rejects.toThrow(
    "line 1 has more than 134217728 characters",
  );
});
