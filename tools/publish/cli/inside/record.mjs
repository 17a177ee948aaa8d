// SPDX-License-Identifier: MIT
// record.mjs FOLDER WORDS…: runs the program of a folder with the loader of the executable, and writes the code
// caches of its modules, with the functions that this run compiled.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createLoader } from "./loader.mjs";

const [, , folder] = process.argv;
process.argv.splice(2, 1);
const scripts = new Map();

function read(name) {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return undefined;
  }
}

process.on("exit", () => {
  for (const [name, script] of scripts)
    writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
});
createLoader({ read, folder, external: createRequire(import.meta.url), scripts })("cli/main.js");
