// SPDX-License-Identifier: MIT
// Where the bundled program finds its own files: in the folder of its package, or inside of its executable.
// bundle.mjs puts these functions in place of those of the packages.
import { join } from "node:path";
import { getAsset, getRawAsset, isSea } from "node:sea";
import { pathToFileURL } from "node:url";
import { extract } from "./extract.mjs";

const THREAD = "cli/commands/verify/thread.js";
const paths = new Map();

/** The version of the program; bundle.mjs defines VERSION. */
export const version = VERSION;

/** The path of a native program. */
export function prebuilt(name) {
  if (!isSea()) return join(__dirname, "../prebuilds", name);
  if (!paths.has(name)) {
    const file = { name, bytes: Buffer.from(getRawAsset(`prebuilds/${name}`)) };
    const owner = { uid: process.getuid(), env: process.env };
    paths.set(name, extract(file, getAsset("build", "utf8"), owner));
  }
  return paths.get(name);
}

/** The module of the thread of `verify`. A thread of the executable has the same loader. */
export function threadModule() {
  if (!isSea()) return pathToFileURL(join(__dirname, THREAD));
  const code = `const { createRequire } = process.getBuiltinModule("node:module");
globalThis.bpfTokenEntry = ${JSON.stringify(THREAD)};
new Function("require", ${JSON.stringify(getAsset("main.cjs", "utf8"))})(createRequire(process.execPath));`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
