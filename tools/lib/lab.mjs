// SPDX-License-Identifier: MIT
// Programs that only few tools need: tools/lab has a lockfile of its own, so that `npm ci` is short.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const folder = join(root, "tools/lab");

/** Returns the path of a file in node_modules of tools/lab, and installs them before if necessary. */
export function labFile(path) {
  if (!isInstalled()) {
    console.error("installing tools/lab");
    // The output of a tool goes to standard output.
    const { status } = spawnSync("npm", ["ci", "--prefix", folder], { stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error("npm ci --prefix tools/lab failed");
  }
  return join(folder, "node_modules", path);
}

/** npm writes its own list last. */
function isInstalled() {
  const list = join(folder, "node_modules/.package-lock.json");
  const changed = (file) => statSync(file).mtimeMs;
  return existsSync(list) && changed(list) >= changed(join(folder, "package-lock.json"));
}
