// SPDX-License-Identifier: MIT
import type { HostEnvironment } from "@bpf-token/kernel-native";
import { run } from "../../src/cli/program.ts";

/** The output and the exit code of a command. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in this process. Its output is a pipe unless `screen` describes a terminal. */
export async function cli(
  argv: readonly string[],
  screen: { isTTY?: boolean; columns?: number } = {},
  env: Record<string, string> = {},
  host?: HostEnvironment,
): Promise<Result> {
  const text = { out: "", err: "" };
  const code = await run(argv, {
    stdout: { ...screen, write: (s: string) => (text.out += s) },
    stderr: { ...screen, write: (s: string) => (text.err += s) },
    env,
    ...(host && { host }),
  });
  return { code, ...text };
}
