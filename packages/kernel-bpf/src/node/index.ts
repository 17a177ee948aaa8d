// SPDX-License-Identifier: GPL-2.0-only

/**
 * Finds the modules that were built or installed, and starts threads.
 *
 * @packageDocumentation
 */
export {
  BpfKernelMissingError,
  bpfKernelFolder,
  bpfKernelFolders,
  bpfKernelReleases,
  type KeptBpfKernel,
  readBpfKernel,
} from "./kept.js";
export { nodeWorker } from "./thread.js";
