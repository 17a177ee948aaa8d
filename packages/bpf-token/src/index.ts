// SPDX-License-Identifier: MIT

/**
 * The main library: opens kernels, makes calls on them, and explains why a kernel refuses a call.
 *
 * @packageDocumentation
 */
export {
  createKernel,
  KernelCrashed,
  type KernelOptions,
  ModuleError,
  SnapshotError,
  UnknownReleaseError,
  type UnmodelledFeature,
  unmodelledFeatures,
  type WasmKernel,
} from "@bpf-token/kernel-wasm";
export * from "@bpf-token/syscall";
export {
  type ChangeEvidence,
  type KernelRelease,
  kernelReleases,
  type ReleaseChange,
  releases,
} from "@bpf-token/uapi";
export * from "./open-kernel.js";
