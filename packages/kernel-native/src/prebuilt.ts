// SPDX-License-Identifier: MIT
import { accessSync } from "node:fs";
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

/** The path of a program, or the reason why there is none. */
export type Found = { readonly path: string } | { readonly why: string };

/**
 * Returns the path of a built file of this package, whether it is built or not. In the one executable,
 * tools/publish/cli/inside/own-files.mjs replaces it: that extracts the file, or throws the reason.
 *
 * @internal
 */
export function prebuilt(name: string): string {
  return fileURLToPath(new URL(`../prebuilds/${name}`, here));
}

/**
 * Finds a built file of this package.
 *
 * @param name - the path of the file, `linux-x64/bpf-exec`.
 * @param mode - how the file is used, as for `accessSync`.
 * @param otherwise - the reason if the file is not built.
 * @internal
 */
export function findPrebuilt(name: string, mode: number, otherwise: string): Found {
  try {
    const path = prebuilt(name);
    accessSync(path, mode);
    return { path };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { why: code === undefined ? message : otherwise };
  }
}
