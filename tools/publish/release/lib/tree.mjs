// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** Runs git in a folder; returns its output without the last line break. */
export function git(folder, ...args) {
  const all = ["-c", "safe.directory=*", ...args];
  return execFileSync("git", all, { cwd: folder, encoding: "utf8" }).trimEnd();
}

/** Changed and untracked files. A release consists of committed files only. */
export function uncommitted(folder) {
  const lines = git(folder, "status", "--porcelain").split("\n");
  return lines.filter((line) => line !== "");
}
