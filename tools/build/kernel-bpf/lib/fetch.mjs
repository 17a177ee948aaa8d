// SPDX-License-Identifier: MIT
// Downloads what a build needs of a distribution.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "../../../lib/run.mjs";
import { BpfKernelError } from "./errors.mjs";
import { findArchive, findConfig } from "./source.mjs";

/**
 * Downloads the source, its configuration and the kernel image, if they are missing.
 *
 * @param places - as for `findArchive`
 * @param run - runs `npm run guest` with words; returns its exit code
 */
export function fetchMissing(release, places, imagePath, run = guest) {
  const hasSource = [findArchive, findConfig].every((find) => isFound(find, release, places));
  const wanted = [...(hasSource ? [] : ["source"]), ...(existsSync(imagePath) ? [] : ["build"])];
  for (const verb of wanted) {
    const status = run(verb, release);
    if (status !== 0)
      throw new BpfKernelError(`'npm run guest -- ${verb} ${release}' failed`, status ?? 1);
  }
}

function isFound(find, release, places) {
  try {
    return existsSync(find(release, places));
  } catch (error) {
    if (error instanceof BpfKernelError) return false;
    throw error;
  }
}

function guest(...words) {
  const tool = `${root}tools/guest/guest.mjs`;
  return spawnSync(process.execPath, [tool, ...words], { stdio: "inherit" }).status;
}
