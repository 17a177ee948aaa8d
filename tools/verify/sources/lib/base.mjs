// SPDX-License-Identifier: MIT
// The valid sources that are damaged: ours, in place of the kernel's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../build/core/lib/paths.mjs";

export const TOKEN = "kernel/bpf/token.c";
export const INODE = "kernel/bpf/inode.c";

const ours = (name) => readFileSync(join(root, "packages/upstream/test", name), "utf8");

/** A token.c and an inode.c that compile, and the head of a Makefile. */
export const base = {
  [TOKEN]: ours("no-tokens.c"),
  [INODE]: ours("no-pins.c"),
  Makefile: "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n",
};
