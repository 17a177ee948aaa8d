// SPDX-License-Identifier: MIT
import { constants as access, accessSync } from "node:fs";
import { NativeUnavailableError } from "./errors.js";
import { prebuilt } from "./prebuilt.js";

/** The native programs that run on their own. */
export type NativeProgram = "bpf-token-record" | "bpf-token-collect" | "bpf-token-intercept";

/**
 * Returns the path of a native program of this package.
 *
 * @param name - the file name of the program.
 * @throws NativeUnavailableError if it is not built for this machine.
 * @example
 * ```ts
 * console.log(nativeProgram("bpf-token-collect"));
 * ```
 */
export function nativeProgram(name: NativeProgram): string {
  const path = prebuilt(`linux-${process.arch}/${name}`);
  try {
    accessSync(path, access.X_OK);
    return path;
  } catch {
    const fix = "run 'npm run build:native', which needs a C compiler";
    throw new NativeUnavailableError(`${name} is not built for this machine. Fix: ${fix}`);
  }
}
