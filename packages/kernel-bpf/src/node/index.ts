// SPDX-License-Identifier: GPL-2.0-only

/**
 * Finds the modules that `npm run kernel-bpf -- build` keeps in the user's cache, and starts threads.
 *
 * @packageDocumentation
 */
export {
  BpfKernelMissingError,
  bpfKernelFolder,
  bpfKernelReleases,
  type KeptBpfKernel,
  readBpfKernel,
} from "./kept.js";
export { nodeWorker } from "./thread.js";
