// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

/**
 * Writes generated files, or with `--check` says which of them are not what their source gives.
 *
 * @param {{ usage: string, source: string }} how - the line of usage and the source's name
 * @param {readonly string[]} args
 * @param {() => Iterable<readonly [string, string]>} files - paths from the root, and texts
 * @returns {number} exit code: 0 written or the same, 1 a file differs, 2 usage
 */
export function writeFiles({ usage, source }, args, files) {
  if (args.length === 1 && args[0] === "--help") {
    console.log(usage);
    return 0;
  }
  if (args.some((arg) => arg !== "--check")) {
    console.error(usage);
    return 2;
  }
  let stale = 0;
  for (const [name, text] of files()) {
    const path = fileURLToPath(new URL(name, root));
    if (args.length === 0) {
      writeFileSync(path, text);
      console.log(`wrote ${name}`);
    } else if (read(path) !== text) {
      stale += 1;
      console.error(`${name} is not what ${source} says; run 'npm run gen'`);
    }
  }
  return stale === 0 ? 0 : 1;
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
