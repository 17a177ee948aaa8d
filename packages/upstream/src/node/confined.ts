// SPDX-License-Identifier: MIT
import { confinement } from "./confinement.js";
import { type ProgramLimits, type ProgramResult, runProgram } from "./run.js";

export type { ProgramLimits, ProgramResult } from "./run.js";

/** Options of {@link runConfined}. */
export interface ConfinedOptions {
  /** The folder that the program may read and write. */
  readonly folder: string;
  readonly limits: ProgramLimits;
}

/**
 * Runs an installed program on untrusted files, without network and within limits of time, memory
 * and output. With bubblewrap it sees only installed programs and the folder, in which it starts.
 *
 * @example
 * ```ts
 * const limits = { seconds: 60, output: 1 << 20, bytes: 2 ** 31 };
 * const { ok, log } = await runConfined("clang-19", ["-c", "a.c"], { folder, limits });
 * ```
 */
export function runConfined(
  program: string,
  args: readonly string[],
  { folder, limits }: ConfinedOptions,
): Promise<ProgramResult> {
  const [command = program, ...words] = [...confinement(program, folder, folder), program];
  const env = { ...process.env, TMPDIR: folder };
  return runProgram(command, [...words, ...args], { limits, cwd: folder, env });
}
