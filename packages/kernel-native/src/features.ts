// SPDX-License-Identifier: MIT
import type { KernelFeatures } from "@bpf-token/syscall";

/** What every real kernel can. A guest can more. */
export const features: KernelFeatures = {
  refusals: false,
  sysctl: false,
  lsm: false,
  faults: false,
  verifier: true,
  fileLimits: false,
};
