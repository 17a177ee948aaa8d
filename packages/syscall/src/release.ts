// SPDX-License-Identifier: MIT
import { factsRelease, isKernelRelease, type KernelRelease } from "@bpf-token/uapi";
import type { Kernel } from "./kernel.js";

/**
 * The set of facts that fits a kernel: its own release on the model, the newest one that is not
 * newer on a real kernel (`6.18.44` → `6.18`).
 *
 * @throws RangeError for a kernel older than Linux 6.9, which has no tokens.
 */
export function releaseOf(kernel: Kernel): KernelRelease {
  return isKernelRelease(kernel.release) ? kernel.release : factsRelease(kernel.release);
}
