// SPDX-License-Identifier: MIT
import { nx, onPath } from "./run.mjs";

/**
 * Builds the programs of the native half, executor and addon, where there is a compiler. Where there
 * is none, what wants to use them says so itself.
 */
export function buildExecutor() {
  const possible = process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");
  if (!possible) return;
  const projects = ["--projects=@bpf-token/kernel-native", "--output-style=static"];
  const run = nx(["run-many", "--targets=executor,addon", ...projects], { encoding: "utf8" });
  if (run.status !== 0) console.error(`the native half was not built:\n${run.stdout}${run.stderr}`);
}
