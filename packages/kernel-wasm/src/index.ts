// SPDX-License-Identifier: GPL-2.0-only

/**
 * The model: the kernel's token logic in C, compiled to WebAssembly, as a `Kernel`.
 *
 * @packageDocumentation
 */
export { createKernel, type KernelOptions } from "./create.js";
export {
  KernelCrashed,
  ModuleError,
  ReentryError,
  ReleaseMismatchError,
  SnapshotError,
  UnknownReleaseError,
} from "./errors.js";
export { WasmKernel } from "./kernel.js";
export { type LeftOut, leftOut } from "./left-out.js";
export type { LsmCallback, LsmHooks } from "./lsm.js";
export type { LsmAttr, LsmCall, LsmFromKernel, LsmHookArgs, LsmToken } from "./lsm-call.js";
export { embeddedModule, embeddedModuleInfo } from "./module.js";
export {
  type FaultKind,
  faultKinds,
  type LiveKind,
  type LsmHook,
  liveKinds,
  lsmHooks,
} from "./names.js";
export { type ModuleOrigin, type OriginFile, originOf } from "./origin.js";
export type { Snapshot } from "./snapshot.js";
export { WasmTask } from "./task.js";
