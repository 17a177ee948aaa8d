// SPDX-License-Identifier: MIT
// The main script of the executable, and of its threads.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getAsset, getRawAsset } from "node:sea";
import { createLoader } from "./loader.mjs";

const folder = join(dirname(process.execPath), "lib");
/** The files under GPL-2.0-only are next to the executable: their hashes by name. */
const beside = JSON.parse(getAsset("beside.json", "utf8"));
const assets = new Set(JSON.parse(getAsset("assets.json", "utf8")));

/**
 * Another user may be able to write to the folder of the executable, e.g. in /tmp. Only the files of this
 * build are run.
 */
function readBeside(name) {
  const path = join(folder, name);
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch ({ code }) {
    throw unloadable(`${path} cannot be read (${code})`);
  }
  if (createHash("sha256").update(bytes).digest("hex") === beside[name]) return bytes;
  throw unloadable(`${path} is of another build`);
}

/** An error with a name that the program prints in one line. */
function unloadable(why) {
  const error = new Error(`${why}. Fix: unpack the whole archive of bpf-token`);
  return Object.assign(error, { name: "ModuleError" });
}

function read(name) {
  if (assets.has(name)) return Buffer.from(getRawAsset(name));
  return Object.hasOwn(beside, name) ? readBeside(name) : undefined;
}

/** `doctor` names its process, which Node calls MainThread. */
function nameProcess() {
  try {
    writeFileSync("/proc/self/comm", "bpf-token");
  } catch {
    // There is no /proc.
  }
}

function main() {
  const load = createLoader({ read, folder, external: require });
  const entry = globalThis.bpfTokenEntry;
  if (entry !== undefined) return load(entry);
  nameProcess();
  return load("cli/main.js").ended;
}

Promise.resolve()
  .then(main)
  .catch((error) => {
    if (error.name !== "ModuleError" && typeof error.code !== "string") throw error;
    console.error(`bpf-token: the program cannot be loaded: ${error.code ?? error.message}`);
    process.exitCode = 3;
  });
