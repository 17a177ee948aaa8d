// SPDX-License-Identifier: GPL-2.0-only
// Numbers of the boundary with the core. Each list is in the order of an enum in core-c.
import type { FdKind, SysctlName } from "@bpf-token/syscall";

/** In the order of `enum fd_kind`. */
export const fdKinds: readonly FdKind[] = [
  "file",
  "dir",
  "fscontext",
  "token",
  "map",
  "prog",
  "btf",
  "link",
  "userns",
  "mntns",
  "pipe",
  "socket",
  "memfd",
  "eventfd",
  "null",
];

/** What a kernel counts: bytes of its heap, and live objects. In the order of `enum live_kind`. */
export const liveKinds = [
  "allocBytes",
  "inodes",
  "dentries",
  "files",
  "tokens",
  "userNamespaces",
  "mounts",
  "superblocks",
  "maps",
  "progs",
  "btfs",
  "creds",
  "tasks",
  "fsContexts",
  "mntNamespaces",
] as const;

/** A kind of thing that {@link WasmKernel.live} counts. */
export type LiveKind = (typeof liveKinds)[number];

/** The hooks of a security module, by the names of the kernel. In the order of `enum lsm_hook`. */
export const lsmHooks = [
  "bpf",
  "inode_permission",
  "bpf_token_create",
  "bpf_token_cmd",
  "bpf_token_capable",
  "bpf_map_create",
  "bpf_prog_load",
] as const;

/** A hook whose answer can be set. */
export type LsmHook = (typeof lsmHooks)[number];

/** What can be made to fail: an allocation, a new inode, a new file, a new descriptor. */
export const faultKinds = ["alloc", "inode", "file", "fd"] as const;

/** A kind of fault for {@link WasmKernel.failNth}. */
export type FaultKind = (typeof faultKinds)[number];

/** In the order of the ids of `kernel_sysctl_read()`. */
export const sysctlNames: readonly SysctlName[] = ["kernel.unprivileged_bpf_disabled"];
