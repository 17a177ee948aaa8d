// SPDX-License-Identifier: MIT
// Finds the headers that a source can include. Preprocessor conditions are ignored: a superfluous
// header costs a compilation, a missing one leaves a stale object.
import { posix } from "node:path";
import { includeFolders } from "./paths.mjs";

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]+(?:<([^>\n]+)>|"([^"\n]+)"|(\S.*))$/gm;

function findHeader(from, quoted, angled, headers) {
  const name = quoted ?? angled;
  const folders = quoted === undefined ? [] : [posix.dirname(from)];
  return [...folders, ...includeFolders]
    .map((folder) => posix.normalize(posix.join(folder, name)))
    .find((path) => headers.has(path));
}

/**
 * The headers that `path` includes, directly and indirectly.
 *
 * Names outside `headers` belong to the compiler (stdarg.h) and are dropped. If a macro forms the
 * name of an include, all headers are returned.
 *
 * @param path - a source, relative to the repository.
 * @param read - returns the text of a file by its path.
 * @param headers - the paths of all headers.
 */
export function headersOf(path, read, headers) {
  const seen = new Set();
  const open = [path];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const [, angled, quoted, macro] of read(file).matchAll(INCLUDE)) {
      if (macro !== undefined) return [...headers].sort();
      const found = findHeader(file, quoted, angled, headers);
      if (found === undefined || seen.has(found)) continue;
      seen.add(found);
      open.push(found);
    }
  }
  return [...seen].sort();
}
