// SPDX-License-Identifier: GPL-2.0-only

/**
 * Finds the modules that `npm run bpf-kernel -- build` keeps in the user's cache.
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
