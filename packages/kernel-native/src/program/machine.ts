// SPDX-License-Identifier: MIT
/* Calls of this machine as x86-64 has them: the other kernel knows no others. */
import { viewOf } from "./attr.js";

/** The size of `struct stat` on x86-64. */
export const STAT_SIZE = 144;
const ARM64_STAT_SIZE = 128;

/** Open flags that arm64 and x86-64 have in each other's place: O_DIRECTORY, O_NOFOLLOW. */
const exchanged = [
  [0x4000n, 0x1_0000n], // O_DIRECTORY and O_DIRECT
  [0x8000n, 0x2_0000n], // O_NOFOLLOW and O_LARGEFILE
] as const;

/** Translates open flags of a machine to those of x86-64, and back. */
export function translateOpenFlags(flags: bigint, arch: string = process.arch): bigint {
  if (arch !== "arm64") return flags;
  return exchanged.reduce((all, [one, other]) => {
    const kept = all & ~(one | other);
    return kept | ((all & one) === 0n ? 0n : other) | ((all & other) === 0n ? 0n : one);
  }, flags);
}

/** Translates `struct open_how` in place, as far as its flags are there. */
export function translateOpenHow(how: Uint8Array, arch: string = process.arch): void {
  if (how.length < 8) return;
  const view = viewOf(how);
  view.setBigUint64(0, translateOpenFlags(view.getBigUint64(0, true), arch), true);
}

/** Translates the flags in the text of `/proc/PID/fdinfo/N`. */
export function translateFdinfo(text: string, arch: string = process.arch): string {
  return text.replace(/^flags:\t0(\d+)$/m, (_, octal: string) => {
    return `flags:\t0${translateOpenFlags(BigInt(`0o${octal}`), arch).toString(8)}`;
  });
}

/** The size of `struct stat` on a machine. */
export function statSize(arch: string = process.arch): number {
  return arch === "arm64" ? ARM64_STAT_SIZE : STAT_SIZE;
}

/** Turns `struct stat` of x86-64 into that of a machine. */
export function translateStat(stat: Uint8Array, arch: string = process.arch): Uint8Array {
  if (arch !== "arm64") return stat;
  const bytes = new Uint8Array(ARM64_STAT_SIZE);
  const copy = (to: number, from: number, size: number): void => {
    bytes.set(stat.subarray(from, from + size), to);
  };
  copy(0, 0, 16); // st_dev, st_ino
  copy(16, 24, 4); // st_mode
  copy(20, 16, 4); // st_nlink
  copy(24, 28, 8); // st_uid, st_gid
  copy(32, 40, 8); // st_rdev
  copy(48, 48, 8); // st_size
  copy(56, 56, 4); // st_blksize
  copy(64, 64, 56); // st_blocks, and the times
  return bytes;
}
