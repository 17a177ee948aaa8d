// SPDX-License-Identifier: MIT

/**
 * The running Linux kernel behind the facade of `@bpf-token/syscall`, through executor processes.
 *
 * @packageDocumentation
 */
export { NativeUnavailableError } from "./errors.js";
export {
  NativeKernel,
  type NativeLimits,
  type NativeOptions,
  openNativeKernel,
} from "./native-kernel.js";
export { NativeTask } from "./native-task.js";
export { type NativeSupport, probeNative } from "./probe.js";
