// SPDX-License-Identifier: MIT
import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";

/**
 * Finds the folder of a file, or one above it, in which others than root could replace the file.
 *
 * @returns undefined if there is none, or the folder does not exist.
 */
export function writableFolder(file: string): string | undefined {
  const start = existing(dirname(file));
  if (start === undefined) return undefined;
  // Where a user namespace does not map root, the files of root belong to the overflow user.
  const owners = [0, lstatSync("/").uid];
  for (let at = start; ; at = dirname(at)) {
    const stat = lstatSync(at);
    if (!owners.includes(stat.uid) || isOpen(stat)) return at;
    if (at === "/") return undefined;
  }
}

/** Whether others can replace files in a folder. Members of the group of root count as root. */
const isOpen = ({ mode, gid }: Stats): boolean =>
  (mode & 0o1000) === 0 && ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0));

function existing(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}
