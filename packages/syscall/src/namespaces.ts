// SPDX-License-Identifier: MIT
import { CLONE } from "@bpf-token/uapi";
import { check } from "./bpf-error.js";
import { writeFile } from "./files.js";
import type { NamespaceKind, Task } from "./kernel.js";
import { raw } from "./raw.js";

const cloneFlag: Readonly<Record<NamespaceKind, number>> = {
  user: CLONE.NEWUSER,
  mnt: CLONE.NEWNS,
};

/**
 * Moves a task into new namespaces, unshare(2). A user and a mount namespace asked for together
 * give a mount namespace that the new user namespace owns, which is what a BPF FS needs.
 *
 * @throws BpfError if the kernel refuses.
 */
export function unshare(task: Task, ...kinds: readonly NamespaceKind[]): void {
  const flags = kinds.reduce((all, kind) => all | cloneFlag[kind], 0);
  check(task, { syscall: "unshare", cmd: kinds.join("+") }, raw.unshare(task, flags));
}

/** One line of an id map: `count` ids from `inside` on are the parent's ids from `outside` on. */
export interface IdExtent {
  /** First id inside the namespace. */
  readonly inside: number;
  /** First id in the parent namespace. */
  readonly outside: number;
  /** How many. */
  readonly count: number;
}

/** The map of one user: root inside is user 0 of the parent. */
const rootOnly: readonly IdExtent[] = [{ inside: 0, outside: 0, count: 1 }];

/**
 * Writes the id maps of a task's user namespace: `setgroups` is denied, then both maps are written,
 * each once (a second time is EPERM).
 *
 * @param writer - the task that writes; default the task itself.
 * @throws BpfError if the kernel refuses.
 */
export function writeIdMaps(
  task: Task,
  maps: { readonly uid?: readonly IdExtent[]; readonly gid?: readonly IdExtent[] } = {},
  writer: Task = task,
): void {
  const at = writer === task ? "/proc/self" : `/proc/${task.pid}`;
  writeFile(writer, `${at}/setgroups`, "deny");
  writeFile(writer, `${at}/uid_map`, formatIdMap(maps.uid ?? rootOnly));
  writeFile(writer, `${at}/gid_map`, formatIdMap(maps.gid ?? rootOnly));
}

/** The text of an id map, as the kernel reads it. */
export function formatIdMap(extents: readonly IdExtent[]): string {
  return extents.map((e) => `${e.inside} ${e.outside} ${e.count}\n`).join("");
}
