// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { isBuilt, runNxSteps } from "./build-quietly.mjs";
import { onPath, root } from "./run.mjs";

const canCompile = () => process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");

/**
 * Builds the native programs if they were never built, so that the commands of the README run after
 * the demo. Without a compiler, prints what they need.
 */
export function buildExecutorOnce() {
  const executor = `packages/kernel-native/prebuilds/linux-${process.arch}/bpf-exec`;
  if (process.platform !== "linux" || existsSync(`${root}${executor}`)) return;
  if (canCompile()) buildExecutor();
  else
    console.error(
      "load, exec, trace and doctor --try need a C compiler: install gcc, then run npm run demo again",
    );
}

/**
 * Builds the native programs if there is a compiler. Without one, the tests
 * and tools that need them report it themselves.
 */
export function buildExecutor() {
  if (isBuilt() || !canCompile()) return;
  const projects = ["--projects=@bpf-token/kernel-native"];
  const built = runNxSteps("building the native programs", [
    "run-many",
    "--targets=native",
    ...projects,
  ]);
  if (!built) console.error("the native programs were not built: see above");
}
