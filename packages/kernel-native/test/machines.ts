// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";

/** Architectures of the native programs, each with a compiler, and an emulator for its programs. */
export const machines = {
  x64: { cc: "gcc", run: [] as string[] },
  arm64: { cc: "aarch64-linux-gnu-gcc", run: ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"] },
};

/** Whether tests of native programs must run. */
export const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

/** The first of some programs that is not installed. */
export function notInstalled(programs: readonly string[]): string | undefined {
  return programs.find(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined,
  );
}
