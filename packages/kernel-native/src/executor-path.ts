// SPDX-License-Identifier: MIT
import { accessSync, constants } from "node:fs";
import { prebuilt } from "./prebuilt.js";

/** Environment variable with the path of an executor that replaces the bundled one. */
export const EXECUTOR_VARIABLE = "BPF_TOKEN_EXECUTOR";

/** Path of the bundled executor, whether it is built or not. */
const bundled: string = prebuilt("linux-x64/bpf-exec");

/** The path of a program, or the reason why there is none. */
export type Found = { readonly path: string } | { readonly why: string };

/** Finds the executor: the requested one, that of the environment, or the bundled one. */
export function findExecutor(asked?: string): Found {
  const named = asked ?? (process.env[EXECUTOR_VARIABLE] || undefined);
  const path = named ?? bundled;
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
