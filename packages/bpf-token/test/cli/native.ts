// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { probeNative } from "@bpf-token/kernel-native";
import { describe, test } from "vitest";

export const support = probeNative();

/** Whether this run must not leave out the native half. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");

/**
 * Tests that start programs on the running kernel; where they cannot run, one line says why, or the
 * run fails.
 *
 * @param programs - what else has to be there.
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
