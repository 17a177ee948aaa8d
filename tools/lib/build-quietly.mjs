// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./run.mjs";

const SILENT_MS = 3000;

/**
 * Runs Nx with a progress line on standard error.
 *
 * @param silentMs - delay before the first line.
 * @returns whether Nx succeeded; if not, its output is printed.
 */
export function runNxSteps(label, args, silentMs = SILENT_MS) {
  const script = fileURLToPath(new URL("./build-steps.mjs", import.meta.url));
  const words = [script, label, `${silentMs}`, ...args];
  return (
    spawnSync(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] }).status === 0
  );
}

/** Names the repository that is built already, for the processes that a tool starts. */
const BUILT = "BPF_TOKEN_BUILT";

/** Makes buildQuietly() build nothing more in this process and in those that it starts. */
export function buildNoMore() {
  process.env[BUILT] = root;
}

/** Whether a tool that started this process has built the repository. */
export const isBuilt = () => process.env[BUILT] === root;

/**
 * Builds the program of one project. Without a project builds everything, also the declarations and
 * the SDK for upstream source, which no program needs to start. Prints the output of the build and
 * returns false if it fails.
 */
export function buildQuietly(project) {
  if (isBuilt()) return true;
  const first = !existsSync(`${root}packages/bpf-token/dist/cli/main.js`);
  const args = project ? ["run", `${project}:build`] : ["run-many", "-t", "build", "types", "sdk"];
  const label = first ? "building (the first time takes a minute or two)" : "building";
  return runNxSteps(label, args, first ? 0 : SILENT_MS);
}
