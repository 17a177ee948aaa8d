// SPDX-License-Identifier: GPL-2.0-only
import type { FdInfo, FdKind } from "@bpf-token/syscall";

/** Kinds by the number that core-c/kernel-bpf/fds.c gives them. */
const kinds: readonly FdKind[] = [
  "unknown",
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
  "memfd",
  "null",
];

/** Size of an entry in bytes. */
const ENTRY = 12;
const CLOEXEC = 1;
const PATH = 2;

/** Decodes the module's list of open file descriptors. */
export function readFds(view: DataView, at: number, count: number): readonly FdInfo[] {
  return Array.from({ length: count }, (_, i) => {
    const word = (field: number): number => view.getUint32(at + ENTRY * i + 4 * field, true);
    return {
      fd: word(0),
      kind: kinds[word(1)] ?? "unknown",
      cloexec: (word(2) & CLOEXEC) !== 0,
      path: (word(2) & PATH) !== 0,
    };
  });
}
