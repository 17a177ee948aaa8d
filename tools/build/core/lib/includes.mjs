// SPDX-License-Identifier: MIT
// Which headers a source can see. Conditions are not looked at: a header too many costs a compile,
// one too few a stale object.
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
 * The headers that `path` includes, through others too.
 *
 * Names that no header of ours has are the compiler's own (stdarg.h) and are left out. An include
 * whose name is made by a macro makes every header count.
 *
 * @param path - a source, relative to the repository.
 * @param read - gives the text of a file by its path.
 * @param headers - the paths of all headers there are.
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
