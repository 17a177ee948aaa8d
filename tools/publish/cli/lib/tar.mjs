// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/**
 * Packs what is named in a folder, with the same bytes at any time, for any user and on any file system.
 *
 * @param tar - the path of the archive.
 */
export function writeTar(tar, folder, name, epoch) {
  const own = ["--sort=name", `--mtime=@${epoch}`, "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", [...own, "--format=gnu", "-C", folder, "-cf", tar, name]);
}

/** The time of files in archives in seconds: that of the environment, or of the commit. */
export function sourceDate(root) {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d{1,10}$/.test(given)) return Number(given);
  const log = ["log", "-1", "--format=%ct"];
  return Number(execFileSync("git", log, { cwd: root, encoding: "utf8" }));
}
