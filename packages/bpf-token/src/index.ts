// SPDX-License-Identifier: MIT

/**
 * BPF tokens from one import: kernels to try them on, the calls, the reasons for a refusal.
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
