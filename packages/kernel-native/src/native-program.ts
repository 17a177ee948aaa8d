// SPDX-License-Identifier: MIT
import { constants } from "node:fs";
import { NativeUnavailableError } from "./errors.js";
import { findPrebuilt } from "./prebuilt.js";

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
  const fix = "run 'npm run tool build:native', which needs a C compiler";
  const otherwise = `${name} is not built for this machine. Fix: ${fix}`;
  const found = findPrebuilt(`linux-${process.arch}/${name}`, constants.X_OK, otherwise);
  if ("why" in found) throw new NativeUnavailableError(found.why);
  return found.path;
}
