// SPDX-License-Identifier: MIT
import { spawn, spawnSync } from "node:child_process";

/** What a program came to. */
export interface ProgramResult {
  readonly ok: boolean;
  /** What it printed, both streams together. */
  readonly log: string;
}

/** Runs a program to its end; one that cannot be run is not ok, and the log says why. */
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

/** What a program prints; undefined if it fails or is not there. */
export function outputOf(program: string, args: readonly string[]): Buffer | undefined {
  const run = spawnSync(program, args, { maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] });
  return run.error === undefined && run.status === 0 ? run.stdout : undefined;
}
