// SPDX-License-Identifier: MIT
import { runNxSteps } from "./build-quietly.mjs";
import { onPath } from "./run.mjs";

/**
 * Builds the programs of the native half, executor and addon, where there is a compiler. Where there
 * is none, what wants to use them says so itself.
 */
export function buildExecutor() {
  const possible = process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");
  if (!possible) return;
  const projects = ["--projects=@bpf-token/kernel-native"];
  const built = runNxSteps("building the native half", [
    "run-many",
    "--targets=executor,addon",
    ...projects,
  ]);
  if (!built) console.error("the native half was not built: see above");
}
