// SPDX-License-Identifier: MIT
import { accessSync, constants } from "node:fs";
import { prebuilt } from "./prebuilt.js";

/** Names a file to use in place of the executor that comes with the package. */
export const EXECUTOR_VARIABLE = "BPF_TOKEN_EXECUTOR";

/** The executor that comes with the package, built or not. */
const bundled: string = prebuilt("linux-x64/bpf-exec");

/** An executor, or the reason why there is none. */
export type Found = { readonly path: string } | { readonly why: string };

/** Looks for the executor: the one asked for, else that of the environment, else the bundled one. */
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
    return { why: `its executor is not built: run '${how}', which needs a C compiler` };
  }
}
