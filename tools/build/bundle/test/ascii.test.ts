// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { ascii } from "../lib/ascii.mjs";

test("code in ASCII has the same values", () => {
  const code = '["…", `≥ 1`, "😀", /^[–—]$/.test("–"), "plain"]';
  const same = ascii(code);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for non-ASCII characters
  expect(same).toMatch(/^[\x00-\x7f]*$/);
  // biome-ignore lint/security/noGlobalEval: the test itself defines both texts
  const [before, after] = [code, same].map((text) => globalThis.eval(text) as unknown);
  expect(after).toEqual(before);
  expect(ascii("const a = 1;")).toBe("const a = 1;");
});
