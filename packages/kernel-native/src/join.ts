// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFailure } from "./delegate-error.js";
import { NativeUnavailableError } from "./errors.js";
import { findExecutor } from "./executor-path.js";

/**
 * The number of the first directory that {@link runJoined} passes; the others follow.
 *
 * @example
 * ```ts
 * const fds = directories.map((_, i) => FIRST_DIRECTORY_FD + i);
 * ```
 */
export const FIRST_DIRECTORY_FD = 10;

/** A program, and the process whose permissions it gets. */
export interface JoinedRun {
  readonly pid: number;
  /** Mask of the capabilities in the user namespace of the process. */
  readonly capabilities: bigint;
  /** Directories of BPF filesystems, as the process sees them. The program gets them as open fds. */
  readonly directories: readonly string[];
  readonly command: readonly [string, ...string[]];
  /** Standard input of the program. */
  readonly input: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a program with the user namespace and capabilities of another process, and with the mounts and
 * files of this one. Seccomp filters, security labels and limits of the other process do not apply.
 *
 * @returns its standard output.
 * @throws NativeUnavailableError if there is no executor, or the program fails; DelegateError if the
 *   kernel refuses a step, such as entering the namespace.
 * @example
 * ```ts
 * const output = runJoined({ pid: 4711, capabilities: 1n << 39n, directories: [], command: ["id"], input: "" });
 * ```
 */
export function runJoined({ pid, capabilities, directories, ...run }: JoinedRun): string {
  const found = findExecutor();
  if ("why" in found) throw new NativeUnavailableError(found.why);
  const caps = `0x${capabilities.toString(16)}`;
  const { status, error, stdout, stderr } = spawnSync(
    found.path,
    ["join", String(pid), caps, ...directories, "--", ...run.command],
    {
      input: run.input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: { ...(run.env ?? process.env) },
    },
  );
  if (error !== undefined) {
    throw new NativeUnavailableError(`the executor does not run: ${error.message}`);
  }
  const failure = readFailure(stderr);
  if (failure !== undefined) throw failure;
  if (status !== 0) throw new NativeUnavailableError(`the program ended with ${status}: ${stderr}`);
  return stdout;
}
