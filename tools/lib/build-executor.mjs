// SPDX-License-Identifier: MIT
import { runNxSteps } from "./build-quietly.mjs";
import { onPath } from "./run.mjs";

/**
 * Builds the native programs if there is a compiler. Without one, the tests
 * and tools that need them report it themselves.
 */
export function buildExecutor() {
  const possible = process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");
  if (!possible) return;
  const projects = ["--projects=@bpf-token/kernel-native"];
  const built = runNxSteps("building the native programs", [
    "run-many",
    "--targets=native",
    ...projects,
  ]);
  if (!built) console.error("the native programs were not built: see above");
}
