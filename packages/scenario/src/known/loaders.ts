// SPDX-License-Identifier: MIT
import type { Known } from "./known-difference.js";

/** A difference between this project's loader and libbpf for the same object. */
export interface LoaderDifference extends Known {
  /** The versions of libbpf: those from `from` on, and below `before` if it is set. */
  readonly applies: {
    readonly loader: "libbpf";
    readonly from: string;
    readonly before?: string;
  };
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
    id: "libbpf.sections-of-six",
    applies: { loader: "libbpf", from: "1.0", before: "1.6" },
    where: { comparison: "calls", kind: "section name of libbpf 1.6" },
    why: "libbpf does not know uprobe.session, so it refuses to load the program; this loader loads it",
    evidence: "libbpf 1.5 has no such name, and 1.7 has it; the kernel's selftests use it",
  },
  {
    id: "libbpf.sections-of-seven",
    applies: { loader: "libbpf", from: "1.0", before: "1.7" },
    where: { comparison: "calls", kind: "section name of libbpf 1.7" },
    why: "libbpf does not know fsession, so it refuses to load the program; this loader loads it",
    evidence: "libbpf 1.5 has no such name, and 1.7 has it; the kernel's selftests use it",
  },
  {
    id: "libbpf.sections-of-eight",
    applies: { loader: "libbpf", from: "1.0", before: "1.8" },
    where: { comparison: "calls", kind: "section name of libbpf 1.8" },
    why: "libbpf does not know fentry.multi, tp.s and similar names, so it refuses to load the program; this loader loads it",
    evidence: "libbpf 1.7 has no such names; the sources of Linux 7.2, with libbpf 1.8, have them",
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
 * @param version - the version of libbpf, such as `1.7`; without it, the newest.
 * @example
 * ```ts
 * knownLoaderDifference("calls", "big-endian")?.id; // "libbpf.big-endian"
 * ```
 */
export function knownLoaderDifference(
  comparison: LoaderDifference["where"]["comparison"],
  kind: string,
  version?: string,
): LoaderDifference | undefined {
  return loaderDifferences.find(
    ({ where, applies }) =>
      where.comparison === comparison && where.kind === kind && covers(applies, version),
  );
}

function covers(
  { from, before }: LoaderDifference["applies"],
  version: string | undefined,
): boolean {
  if (version === undefined) return before === undefined;
  const isBefore = (other: string): boolean => compareVersions(version, other) < 0;
  return !isBefore(from) && (before === undefined || isBefore(before));
}

/** Compares versions number by number: 1.10 is newer than 1.7. */
function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((one) => one.split(".").map(Number)) as [number[], number[]];
  const at = as.findIndex((number, i) => number !== (bs[i] ?? 0));
  return at < 0 ? 0 : (as[at] as number) - (bs[at] ?? 0);
}
