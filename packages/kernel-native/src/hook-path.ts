// SPDX-License-Identifier: MIT
import { accessSync, constants } from "node:fs";
import type { Found } from "./executor-path.js";
import { prebuilt } from "./prebuilt.js";

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
  const path = prebuilt(`linux-${process.arch}/bpf-token-hook`);
  try {
    accessSync(path, constants.R_OK);
    return { path };
  } catch {
    const how = "run 'npm run build:hook', which needs a C compiler and libjsmn-dev";
    return { why: `bpf-token-hook is not built for ${process.arch}. Fix: ${how}` };
  }
}
