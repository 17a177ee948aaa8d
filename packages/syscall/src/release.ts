// SPDX-License-Identifier: MIT
import { factsRelease, isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import type { Kernel } from "./kernel.js";

/**
 * Returns the release whose facts (layouts, constants) apply to a kernel.
 *
 * For the model it is the kernel's own release. For a real kernel it is the newest known release
 * that is not newer than the kernel: `6.18` for `6.18.44`.
 *
 * @throws RangeError for a kernel older than Linux 6.9, which has no tokens.
 * @example
 * ```ts
 * const { size } = attrLayout("MAP_CREATE", releaseOf(kernel));
 * ```
 */
export function releaseOf(kernel: Kernel): KernelRelease {
  return isKernelRelease(kernel.release) ? kernel.release : factsRelease(kernel.release);
}
