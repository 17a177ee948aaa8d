// SPDX-License-Identifier: MIT
import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ProgramArch, prebuilt } from "./prebuilt.js";

/** Environment variable with the path of an executor that replaces the bundled one. */
export const EXECUTOR_VARIABLE = "BPF_TOKEN_EXECUTOR";

/** The path of a program, or the reason why there is none. */
export type Found = { readonly path: string } | { readonly why: string };

/** Finds the executor: the requested one, that of the environment, or the bundled one. */
export function findExecutor(asked?: string): Found {
  const named = asked ?? (process.env[EXECUTOR_VARIABLE] || undefined);
  const path = named ?? bundledExecutor(process.arch);
  try {
    accessSync(path, constants.X_OK);
    return { path };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    if (named !== undefined) return { why: `the executor ${named} cannot be run (${code})` };
    const how = "npm run build:executor";
    return { why: `its executor is not built. Fix: run '${how}', which needs a C compiler` };
  }
}

/**
 * Finds the executor for guests of an architecture: the one that is installed next to the executor of
 * this machine, or the bundled one.
 */
export function findGuestExecutor(arch: ProgramArch, own: string): Found {
  const beside = join(dirname(own), "..", `linux-${arch}`, "bpf-exec");
  const path = [beside, bundledExecutor(arch)].find((one) => existsSync(one));
  if (path !== undefined) return { path };
  const how = `npm run build:executor -- ${arch}`;
  return {
    why: `its executor is not built for ${arch}. Fix: run '${how}', which needs a C compiler`,
  };
}

function bundledExecutor(arch: string): string {
  return prebuilt(`linux-${arch}/bpf-exec`);
}
