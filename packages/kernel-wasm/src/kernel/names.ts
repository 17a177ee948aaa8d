// SPDX-License-Identifier: GPL-2.0-only
// Numbers of the boundary with the core. Each list is in the order of an enum in core-c.
import type { FdKind, SysctlName } from "@bpf-token/syscall";
import { unknownWord } from "../words.js";

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

// Hooks are in the order of `enum lsm_hook`, kinds of faults in that of `enum fault_kind`.
export { type FaultKind, faultKinds, type LsmHook, lsmHooks } from "@bpf-token/syscall";

/** In the order of the ids of `kernel_sysctl_read()`. */
export const sysctlNames: readonly SysctlName[] = ["kernel.unprivileged_bpf_disabled"];

/**
 * The number that the core knows a word by.
 *
 * @throws RangeError for a word that is not in the list.
 */
export function indexOf<W extends string>(what: string, words: readonly W[], word: W): number {
  const index = words.indexOf(word);
  if (index < 0) throw new RangeError(unknownWord(what, word, words));
  return index;
}
