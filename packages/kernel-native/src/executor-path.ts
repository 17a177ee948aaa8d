// SPDX-License-Identifier: MIT
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Found, findPrebuilt, type ProgramArch } from "./prebuilt.js";

/** Environment variable with the path of an executor that replaces the bundled one. */
export const EXECUTOR_VARIABLE = "BPF_TOKEN_EXECUTOR";

/** Finds the executor: the requested one, that of the environment, or the bundled one. */
export function findExecutor(asked?: string): Found {
  const named = asked ?? (process.env[EXECUTOR_VARIABLE] || undefined);
  if (named === undefined) {
    const fix = "run 'npm run tool build:executor', which needs a C compiler";
    const otherwise = `its executor is not built. Fix: ${fix}`;
    return findPrebuilt(`linux-${process.arch}/bpf-exec`, constants.X_OK, otherwise);
  }
  try {
    accessSync(named, constants.X_OK);
    return { path: named };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    return { why: `the executor ${named} cannot be run (${code})` };
  }
}

/**
 * Finds the executor for guests of an architecture: the one that is installed next to the executor of
 * this machine, or the bundled one.
 */
export function findGuestExecutor(arch: ProgramArch, own: string): Found {
  const beside = join(dirname(own), "..", `linux-${arch}`, "bpf-exec");
  if (existsSync(beside)) return { path: beside };
  const fix = `run 'npm run tool build:executor -- ${arch}', which needs a C compiler`;
  const otherwise = `its executor is not built for ${arch}. Fix: ${fix}`;
  return findPrebuilt(`linux-${arch}/bpf-exec`, constants.F_OK, otherwise);
}
