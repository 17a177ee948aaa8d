// SPDX-License-Identifier: GPL-2.0-only

/**
 * The model: the Linux kernel's BPF token logic as our own C, compiled to WebAssembly, with the
 * `Kernel` interface.
 *
 * @packageDocumentation
 */

export type { Snapshot } from "@bpf-token/syscall";
export {
  KernelCrashed,
  ModuleError,
  ReentryError,
  ReleaseMismatchError,
  SnapshotError,
  UnknownReleaseError,
} from "./errors.js";
export { createKernel, type KernelOptions } from "./kernel/create.js";
export { WasmKernel } from "./kernel/kernel.js";
export {
  type FaultKind,
  faultKinds,
  type LiveKind,
  type LsmHook,
  liveKinds,
  lsmHooks,
} from "./kernel/names.js";
export { WasmTask } from "./kernel/task.js";
export type { LsmCallback, LsmHooks } from "./lsm/lsm.js";
export type { LsmAttr, LsmCall, LsmFromKernel, LsmHookArgs, LsmToken } from "./lsm/lsm-call.js";
export { embeddedModule, embeddedModuleInfo } from "./module/module.js";
export { type ModuleOrigin, type OriginFile, originOf } from "./module/origin.js";
export { type UnmodelledFeature, unmodelledFeatures } from "./unmodelled-features.js";
