// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "./run.mjs";

/** All pages of the repository, without generated API reports. */
export function pages() {
  const git = ["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "*.md"];
  return execFileSync("git", git, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && !path.endsWith(".api.md") && existsSync(root + path));
}
