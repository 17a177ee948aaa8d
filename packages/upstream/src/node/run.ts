// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";

/** The result of a program run. */
export interface ProgramResult {
  readonly ok: boolean;
  /** The output of both streams, interleaved. */
  readonly log: string;
}

/** Runs a program and waits for it. If the program cannot be started, `log` has the reason. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    const collect = (bytes: Buffer): void => {
      log += bytes.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (cause) => resolve({ ok: false, log: `${program}: ${cause.message}` }));
    child.on("close", (code) => resolve({ ok: code === 0, log }));
  });
}

/** Returns the output of a program; undefined if it fails or does not exist. */
export function outputOf(program: string, args: readonly string[]): Buffer | undefined {
  const run = spawnSync(program, args, { maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] });
  return run.error === undefined && run.status === 0 ? run.stdout : undefined;
}
