// SPDX-License-Identifier: MIT
import type { Known } from "./known-difference.js";

/** A difference between this project's loader and libbpf for the same object. */
export interface LoaderDifference extends Known {
  readonly applies: { readonly loader: "libbpf"; readonly from: string };
  /** The name that the comparison gives to the difference. */
  readonly where: { readonly comparison: "calls" | "verdicts"; readonly kind: string };
}

const libbpf = { loader: "libbpf", from: "1.0" } as const;

/**
 * Known differences between this project's loader and libbpf.
 *
 * @example
 * ```ts
 * for (const { id, why } of loaderDifferences) console.log(`${id}: ${why}`);
 * ```
 */
export const loaderDifferences: readonly LoaderDifference[] = [
  {
    id: "libbpf.legacy-maps",
    applies: libbpf,
    where: { comparison: "calls", kind: "legacy maps" },
    why: "libbpf refuses sections called maps; this loader accepts them, as other loaders do",
    evidence: "libbpf 1.0 removed legacy map definitions",
  },
  {
    id: "libbpf.big-endian",
    applies: libbpf,
    where: { comparison: "calls", kind: "big-endian" },
    why: "libbpf opens objects for big-endian machines and refuses to load them; this loader refuses to open them",
    evidence: "objects in Debian's packages",
  },
  {
    id: "libbpf.struct-ops",
    applies: libbpf,
    where: { comparison: "calls", kind: "struct_ops" },
    why: "the loader finds the kernel type of a struct_ops map, and the member of a program, only when it loads them",
    evidence: "objects in Debian's packages",
  },
  {
    id: "libbpf.not-opened",
    applies: libbpf,
    where: { comparison: "verdicts", kind: "libbpf does not open it" },
    why: "libbpf refuses sections called maps; this loader loads these programs",
    evidence: "see libbpf.legacy-maps",
  },
];

/**
 * Returns the entry for a kind of difference.
 *
 * @example
 * ```ts
 * knownLoaderDifference("calls", "big-endian")?.id; // "libbpf.big-endian"
 * ```
 */
export function knownLoaderDifference(
  comparison: LoaderDifference["where"]["comparison"],
  kind: string,
): LoaderDifference | undefined {
  return loaderDifferences.find(
    ({ where }) => where.comparison === comparison && where.kind === kind,
  );
}
