// SPDX-License-Identifier: MIT
// Changes of upstream source that a person wrote, by class: ../classes/*.json.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The lists in a folder: `path` of the source file, and `mutants`. */
export function readClasses(name = "classes") {
  const folder = join(FOLDER, name);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
}

/** The range of a function's definition in kernel style: its name, and a brace that ends a line. */
function rangeOf(text, name) {
  for (const { index } of text.matchAll(new RegExp(`^(?:[^\\s#/}].*\\b)?${name}\\(`, "gm"))) {
    const open = text.indexOf("{", index);
    const end = text.indexOf(";", index);
    if (open !== -1 && (end === -1 || open < end)) return [index, text.indexOf("\n}", index)];
  }
  return undefined;
}

/** Kernel source indents with tabs; a list gives each line break with the white space after it. */
function placesOf(text, find, [from, to]) {
  const places = [];
  for (let at = text.indexOf(find, from); at !== -1 && at < to; at = text.indexOf(find, at + 1))
    places.push(at);
  return places;
}

/**
 * Applies a change to a source.
 *
 * @returns the changed `text` and the `line` of the first edit; or `missing`, the reason why the
 *   source has no place for the change.
 */
export function applyChange(text, { function: name, edits }) {
  const range = rangeOf(text, name);
  if (range === undefined) return { missing: `no function ${name}()` };
  const found = [];
  for (const { find, replace } of edits) {
    const places = placesOf(text, find, range);
    if (places.length !== 1)
      return { missing: `'${find}' occurs ${places.length} times in ${name}(), not once` };
    found.push({ at: places[0], find, replace });
  }
  found.sort((a, b) => b.at - a.at);
  const changed = found.reduce(
    (whole, { at, find, replace }) => whole.slice(0, at) + replace + whole.slice(at + find.length),
    text,
  );
  return { text: changed, line: text.slice(0, found.at(-1).at).split("\n").length };
}
