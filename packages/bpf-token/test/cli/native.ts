// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { probeNative } from "@bpf-token/kernel-native";
import { describe, test } from "vitest";

export const support = probeNative();

/** Whether this run must not skip the native tests. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

/**
 * Registers tests that start programs on the running kernel. If they cannot run, one skipped test gives
 * the reason, or the run fails.
 *
 * @param programs - further programs that must be installed.
 */
export function describeNative(name: string, programs: readonly string[], body: () => void): void {
  const missing = programs.find(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined,
  );
  const why = support.ok ? missing && `${missing} is not installed` : `native half: ${support.why}`;
  if (why === undefined) describe(name, body);
  else if (required) {
    test(name, () => {
      throw new Error(`required, and not possible: ${why}`);
    });
  } else test(name, (context) => context.skip(why));
}
