// SPDX-License-Identifier: MIT
// Files of a process. A process that ends is no error, and neither is one that this process may not read.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";

/** The inode number of the initial user namespace (PROC_USER_INIT_INO of the kernel). */
export const INITIAL_USERNS: number = 0xeffffffd;

/**
 * Enough for a status with 65,536 groups. Locks of a process stand before the masks of a token in its
 * fdinfo, and nothing limits their number.
 */
export const MOST: number = 1024 * 1024;
const buffer = Buffer.allocUnsafe(MOST);

/** Reads the beginning of a file. The text has `MOST` bytes if it is cut. */
export function readStart(path: string): string {
  const fd = openSync(path, "r");
  try {
    let used = 0;
    for (let n = 1; n > 0 && used < MOST; used += n) {
      n = readSync(fd, buffer, used, MOST - used, null);
    }
    return buffer.toString("utf8", 0, used);
  } finally {
    closeSync(fd);
  }
}

/** The number of a namespace: 4026531837 of `user:[4026531837]`. */
export function namespaceOf(folder: string, name: string): number {
  return Number(/\[(\d+)\]$/.exec(readlinkSync(`${folder}/ns/${name}`))?.[1] ?? 0);
}

/** When a process started; another process with the same number has another time. */
export function startTime(folder: string): string {
  const text = readStart(`${folder}/stat`);
  return text.slice(text.lastIndexOf(")")).split(" ")[20] ?? "";
}

/** The numbers of all processes, lowest first. */
export const pidsIn = (proc: string): readonly number[] =>
  readdirSync(proc)
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);

/** Whether an error says that the process is gone. */
export const isGone = (error: unknown): boolean =>
  ["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");

/** What a function returns; undefined if it throws. */
export function optional<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
