// SPDX-License-Identifier: MIT
import { type KernelRelease, resolveRelease } from "@bpf-token/uapi/names";
import type { Context } from "../command.js";
import { UsageError } from "../usage.js";

/**
 * Parses the release of a model, and notes which modelled release's rules are in force.
 *
 * @throws UsageError for a release before 6.9, one newer than the newest model, and other text.
 */
export function readRelease(text: string, { note }: Pick<Context, "note">): KernelRelease {
  try {
    const resolved = resolveRelease(text);
    if (resolved.note !== undefined) note(resolved.note);
    return resolved.release;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
