// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

/** The arguments of GNU tar for the same bytes at any time, for any user and from any file system. */
export const sameBytes = (epoch) => [
  ...["--sort=name", `--mtime=@${epoch}`, "--owner=0", "--group=0", "--numeric-owner"],
  ...["--mode=u+rw,go+rX,go-w", "--format=gnu"],
];

/** The time of files in archives in seconds: that of the environment, or of the commit. */
export function sourceDate(root) {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d{1,10}$/.test(given)) return Number(given);
  const log = ["log", "-1", "--format=%ct"];
  return Number(execFileSync("git", log, { cwd: root, encoding: "utf8" }));
}
