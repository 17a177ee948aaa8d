// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository, with a trailing slash. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

function program(path) {
  const file = `${root}node_modules/${path}`;
  if (existsSync(file)) return file;
  console.error("the tools are not installed: run `npm ci` first");
  process.exit(1);
}

const options = () => ({ cwd: root, env: { ...process.env, NX_DAEMON: "false" } });

/** Runs Vitest and waits. */
export function vitest(args, more = {}) {
  const words = [program("vitest/vitest.mjs"), ...args];
  return spawnSync(process.execPath, words, { ...options(), maxBuffer: 1 << 26, ...more });
}

/** Starts Nx without waiting. */
export function startNx(args, more = {}) {
  return spawn(process.execPath, [program("nx/dist/bin/nx.js"), ...args], {
    ...options(),
    ...more,
  });
}

/** Runs TypeDoc and waits. */
export function typedoc(args, more = {}) {
  const words = [program("typedoc/bin/typedoc"), ...args];
  return spawnSync(process.execPath, words, { ...options(), ...more });
}

/** Whether one of these programs is on the PATH. */
export function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.some((folder) => names.some((name) => isProgram(join(folder, name))));
}

/** Whether this user may run the file. */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
