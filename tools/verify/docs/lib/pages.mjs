// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { pages } from "../../../lib/pages.mjs";
import { root } from "../../../lib/run.mjs";
import { blocksOf } from "./blocks.mjs";

/** All code blocks of all pages. */
export function allBlocks() {
  return pages().flatMap((page) => blocksOf(page, readFileSync(root + page, "utf8")));
}
