// SPDX-License-Identifier: MIT
import type { LoadError } from "@bpf-token/loader";

/**
 * Returns what the module does not have although Linux has it, if that is why it refused.
 *
 * @example
 * ```ts
 * if (error instanceof LoadError) console.log(gapOf(error) ?? "the kernel's own answer");
 * ```
 */
export function gapOf({ phase, reason, cause }: LoadError): string | undefined {
  if (phase === "extern" && cause === undefined && reason.includes("/proc/kallsyms"))
    return `${reason}: the module knows the functions of the BTF only`;
  return undefined;
}
