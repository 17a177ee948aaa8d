// SPDX-License-Identifier: MIT
// Limits of runs. A run that a limit ended has no result: it is an error of the tool, never a difference.
import { spawnSync } from "node:child_process";
import { CannotError } from "../../../guest/lib/errors.mjs";

/**
 * How long one run may take, on the host and in a guest. Programs need seconds in an emulated guest, and a
 * busy machine multiplies that. The limit only ends a program that hangs.
 */
export const RUN_SECONDS = 600;

/** The error for a run that a limit ended. */
export function notFinished(name, seconds) {
  const fix = "Fix: repeat it on a machine that is less busy, or with a larger --seconds";
  return new CannotError(`${name}: not finished in ${seconds} s, so there is no result. ${fix}`);
}

/**
 * Runs a command and waits. The limit ends all its processes that stay in its process group.
 *
 * @param name - of the run, for the error.
 * @param options - those of spawnSync().
 * @returns what spawnSync() returns, as text.
 * @throws CannotError if the limit ended the run.
 */
export function runLimited({ name, command, seconds, ...options }) {
  const started = performance.now();
  const done = spawnSync("timeout", ["-s", "KILL", `${seconds}`, ...command], {
    ...{ encoding: "utf8", maxBuffer: 1 << 26, input: "" },
    ...options,
  });
  if (done.error !== undefined) throw new CannotError(`${name}: ${done.error.message}`);
  // Both: a program can kill itself, and a run can end just before the limit and be reported after it.
  const late = performance.now() - started >= seconds * 1000;
  if (late && done.signal === "SIGKILL") throw notFinished(name, seconds);
  return done;
}
