// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

function bin(path) {
  return (args, options = {}) => {
    const program = `${root}node_modules/${path}`;
    if (!existsSync(program)) {
      console.error("the tools are not installed: run `npm ci` first");
      process.exit(1);
    }
    return spawnSync(process.execPath, [program, ...args], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: "false" },
      maxBuffer: 1 << 26,
      ...options,
    });
  };
}

/** Runs Nx, and waits. */
export const nx = bin("nx/dist/bin/nx.js");

/** Runs Vitest, and waits. */
export const vitest = bin("vitest/vitest.mjs");

/** Whether one of these programs is on the PATH. */
export function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.some((folder) => names.some((name) => isProgram(join(folder, name))));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
