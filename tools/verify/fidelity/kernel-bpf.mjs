// SPDX-License-Identifier: MIT
// Linux's own BPF subsystem as a subject of the comparison.
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { BpfKernelMissingError, readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { bpfReleases } from "../../lib/releases.mjs";
import { CannotError } from "../matrix/subjects.mjs";

/** The subjects that `npm run kernel-bpf` builds. */
export const bpfSubjects = bpfReleases.map((release) => `bpf:${release}`);

const kept = new Map();

function readOnce(release) {
  try {
    if (!kept.has(release)) kept.set(release, readBpfKernel(release));
    return kept.get(release);
  } catch (error) {
    if (error instanceof BpfKernelMissingError) throw new CannotError(error.message);
    throw error;
  }
}

/** Opens a kernel, passes it to `use`, and closes it. */
export function withBpfKernel(name, use) {
  const kernel = createBpfKernel({ ...readOnce(name.slice("bpf:".length)), mountBpffs: false });
  try {
    return use(kernel);
  } finally {
    kernel.close();
  }
}
