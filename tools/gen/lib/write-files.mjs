// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

/**
 * Writes generated files; with `--check`, lists the files that are out of date instead.
 *
 * @param {{ usage: string, source: string }} how - the usage line, and the name of the source file
 * @param {readonly string[]} args
 * @param {() => Iterable<readonly [string, string]>} files - paths from the root, and contents
 * @returns {number} exit code: 0 written or unchanged, 1 a file differs, 2 usage
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
      console.error(`${name} is out of date with ${source}; run 'npm run gen'`);
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
