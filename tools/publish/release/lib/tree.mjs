// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** What git answers in a folder, without the last line break. */
export function git(folder, ...args) {
  const all = ["-c", "safe.directory=*", ...args];
  return execFileSync("git", all, { cwd: folder, encoding: "utf8" }).trimEnd();
}

/** Files that are changed, or that git does not know; a release is made of what is committed. */
export function uncommitted(folder) {
  const lines = git(folder, "status", "--porcelain").split("\n");
  return lines.filter((line) => line !== "");
}
