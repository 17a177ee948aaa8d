// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";

// Do not write `new URL(…, import.meta.url)` inline: bundlers would copy the files, which no
// browser page needs.
const here: string = import.meta.url;

/** The architectures that the native programs are built for, as in `process.arch`. */
export const programArchs = ["x64", "arm64"] as const;
/** One of {@link programArchs}. */
export type ProgramArch = (typeof programArchs)[number];

/** Returns whether the native programs are built for an architecture. */
export function isProgramArch(arch: string): arch is ProgramArch {
  return programArchs.some((known) => known === arch);
}

/**
 * Returns the path of a built file of this package, whether it is built or not.
 *
 * @internal
 */
export function prebuilt(name: string): string {
  return fileURLToPath(new URL(`../prebuilds/${name}`, here));
}
