// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { marked, withMarked } from "../marked.mjs";

const page = "# A\n\n<!-- sizes -->\nold\n<!-- end -->\n\n<!-- other -->\nkept\n<!-- end -->\n";

test("a text replaces what stood at its place, and nothing else", () => {
  const fresh = withMarked(page, "sizes", "costs $1 and $&");
  expect(marked(fresh, "sizes")).toBe("costs $1 and $&");
  expect(marked(fresh, "other")).toBe("kept");
  expect(fresh.startsWith("# A\n")).toBe(true);
});

test("a place may be empty at first", () => {
  const fresh = withMarked("<!-- a -->\n<!-- end -->\n", "a", "full");
  expect(fresh).toBe("<!-- a -->\nfull\n<!-- end -->\n");
  expect(marked("<!-- a -->\n<!-- end -->\n", "a")).toBe("");
});

test("a page without that place is an error, not a page without a table", () => {
  expect(() => withMarked(page, "speeds", "")).toThrow("no place <!-- speeds -->");
  expect(() => marked(page, "speeds")).toThrow("no place <!-- speeds -->");
});
