// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { marked, withMarked } from "../marked.mjs";

const page = "# A\n\n<!-- sizes -->\nold\n<!-- end -->\n\n<!-- other -->\nkept\n<!-- end -->\n";

test("replaces only the text at its mark", () => {
  const fresh = withMarked(page, "sizes", "costs $1 and $&");
  expect(marked(fresh, "sizes")).toBe("costs $1 and $&");
  expect(marked(fresh, "other")).toBe("kept");
  expect(fresh.startsWith("# A\n")).toBe(true);
});

test("a mark may be empty", () => {
  const fresh = withMarked("<!-- a -->\n<!-- end -->\n", "a", "full");
  expect(fresh).toBe("<!-- a -->\nfull\n<!-- end -->\n");
  expect(marked("<!-- a -->\n<!-- end -->\n", "a")).toBe("");
});

test("a page without the mark is an error", () => {
  expect(() => withMarked(page, "speeds", "")).toThrow("no mark <!-- speeds -->");
  expect(() => marked(page, "speeds")).toThrow("no mark <!-- speeds -->");
});
