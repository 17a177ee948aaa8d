// SPDX-License-Identifier: MIT
import { constants } from "node:fs";
import { type Found, findPrebuilt } from "./prebuilt.js";

/**
 * Finds the program `bpf-token-hook`, an OCI hook that mounts a delegating bpffs, for this machine.
 *
 * @returns its path, or the reason why there is none.
 * @example
 * ```ts
 * const found = findHook();
 * if ("path" in found) console.log(found.path);
 * ```
 */
export function findHook(): Found {
  const how = "run 'npm run tool build:hook', which needs a C compiler and libjsmn-dev";
  const otherwise = `bpf-token-hook is not built for ${process.arch}. Fix: ${how}`;
  return findPrebuilt(`linux-${process.arch}/bpf-token-hook`, constants.R_OK, otherwise);
}
