// SPDX-License-Identifier: MIT
// Measures the bare kernel with a small C program. Its figures are the base of several bounds.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { row } from "./stats.mjs";

/**
 * Compiles the program, passes `use` a function that runs it, and deletes it.
 *
 * @param use - gets `run(work)`, which returns samples in nanoseconds, or `undefined` where there
 *   is no compiler.
 */
export function withBare(use) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-bench-"));
  try {
    const program = join(folder, "bare");
    const source = fileURLToPath(new URL("bare.c", import.meta.url));
    const made = spawnSync("cc", ["-O2", "-o", program, source], { encoding: "utf8" });
    if (made.error !== undefined) return use(undefined);
    if (made.status !== 0) throw new Error(`bare.c does not compile:\n${made.stderr}`);
    return use((work) => {
      const { status, stdout } = spawnSync(program, [work], { encoding: "utf8" });
      if (status !== 0) throw new Error(`bare ${work} ended with ${status}`);
      return stdout.trim().split("\n").map(Number);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows for a call, a round trip between processes, and a process; none without a compiler. */
export function bareRows() {
  return withBare((run) => {
    if (run === undefined) return [];
    const us = (work) => run(work).map((ns) => ns / 1e3);
    return [
      row("bare C: empty call (getpid)", "ns", run("call")),
      row("bare C: round trip to another process", "us", us("word")),
      row("bare C: fork + wait", "us", us("fork")),
    ];
  });
}
