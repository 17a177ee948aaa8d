// SPDX-License-Identifier: MIT
import { nx, onPath } from "./run.mjs";

/**
 * Builds the executor of the native half, where there is a compiler. Where there is none, what wants
 * to use it says so itself.
 */
export function buildExecutor() {
  const possible = process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");
  if (!possible) return;
  const run = nx(["run", "@bpf-token/kernel-native:executor", "--output-style=static"], {
    encoding: "utf8",
  });
  if (run.status !== 0) console.error(`the executor was not built:\n${run.stdout}${run.stderr}`);
}
