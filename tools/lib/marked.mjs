// SPDX-License-Identifier: MIT
// Tables in pages that a command makes: they stand between `<!-- NAME -->` and `<!-- end -->`.
import { readFileSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

function between(name) {
  return new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- end -->)`);
}

/** The text of a page with another one at the place of that name; without that place it is an error. */
export function withMarked(page, name, text) {
  if (!between(name).test(page)) throw new Error(`there is no place <!-- ${name} --> for it`);
  return page.replace(between(name), (_, start, _old, end) => `${start}${text}\n${end}`);
}

/** What stands at that place of a page. */
export function marked(page, name) {
  const found = between(name).exec(page);
  if (found === null) throw new Error(`there is no place <!-- ${name} --> in it`);
  return found[2].trimEnd();
}

/** Writes a text to its place in a page of the repository. */
export function writeMarked(path, name, text) {
  const page = readFileSync(root + path, "utf8");
  writeFileSync(root + path, withMarked(page, name, text));
}

/** Whether exactly this text stands there. */
export function isMarked(path, name, text) {
  return marked(readFileSync(root + path, "utf8"), name) === text;
}
