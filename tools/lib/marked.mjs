// SPDX-License-Identifier: MIT
// Generated tables in pages, between `<!-- NAME -->` and `<!-- end -->`.
import { readFileSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

function between(name) {
  return new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- end -->)`);
}

/** Replaces the text at a mark of a page; throws if the page does not have the mark. */
export function withMarked(page, name, text) {
  if (!between(name).test(page)) throw new Error(`the page has no mark <!-- ${name} -->`);
  return page.replace(between(name), (_, start, _old, end) => `${start}${text}\n${end}`);
}

/** The text at a mark of a page. */
export function marked(page, name) {
  const found = between(name).exec(page);
  if (found === null) throw new Error(`the page has no mark <!-- ${name} -->`);
  return found[2].trimEnd();
}

/** Writes text to a mark of a page in the repository. */
export function writeMarked(path, name, text) {
  const page = readFileSync(root + path, "utf8");
  writeFileSync(root + path, withMarked(page, name, text));
}

/** Whether the mark contains exactly this text. */
export function isMarked(path, name, text) {
  return marked(readFileSync(root + path, "utf8"), name) === text;
}
