// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";

/**
 * Where `bpf-token hook install` writes the OCI hook.
 *
 * @example `existsSync(HOOK_PROGRAM)`
 */
export const HOOK_PROGRAM = "/usr/local/libexec/bpf-token-hook";

/** A hook since the advisory contains this text, which `bpf-token-hook --version` prints. */
const REVISION = "bpf-token-hook revision ";
/** The hook has 50 kB; a larger file is something else. */
const MAX_BYTES = 1 << 20;

/** Returns the path if a hook is installed there that a container can take over. */
export function findOldHook(path: string): string | undefined {
  try {
    const file = statSync(path);
    if (!file.isFile() || file.size > MAX_BYTES) return undefined;
    return readFileSync(path).includes(REVISION) ? undefined : path;
  } catch {
    return undefined;
  }
}
