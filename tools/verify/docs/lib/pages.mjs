// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { root } from "../../../lib/run.mjs";
import { blocksOf } from "./blocks.mjs";

/** All pages, without generated API reports. */
export function pages() {
  const git = ["-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "*.md"];
  return execFileSync("git", git, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && !path.endsWith(".api.md") && existsSync(root + path));
}

/** All code blocks of all pages. */
export function allBlocks() {
  return pages().flatMap((page) => blocksOf(page, readFileSync(root + page, "utf8")));
}
