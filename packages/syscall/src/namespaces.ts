// SPDX-License-Identifier: MIT
import { CLONE } from "@bpf-token/uapi";
import { assertOptions, numberOf } from "./arguments.js";
import { check } from "./bpf-error.js";
import { writeFile } from "./files.js";
import type { NamespaceKind, Task } from "./kernel.js";
import { raw } from "./raw.js";

const cloneFlag: Readonly<Record<NamespaceKind, number>> = {
  user: CLONE.NEWUSER,
  mnt: CLONE.NEWNS,
};

/**
 * Moves a task into new namespaces with unshare(2).
 *
 * If you pass `user` and `mnt` in one call, the new user namespace owns the new mount namespace. A
 * BPF filesystem for a container needs that.
 *
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * unshare(app, "user", "mnt");
 * ```
 */
export function unshare(task: Task, ...kinds: readonly NamespaceKind[]): void {
  const flags = kinds.reduce((all, kind) => all | numberOf("unshare: kind", kind, cloneFlag), 0);
  check(task, { syscall: "unshare", cmd: kinds.join("+") }, raw.unshare(task, flags));
}

/**
 * One line of an id map: maps `count` ids from `inside` on to the parent's ids from `outside` on.
 */
export interface IdExtent {
  /** First id inside the namespace. */
  readonly inside: number;
  /** First id in the parent namespace. */
  readonly outside: number;
  /** Number of ids. */
  readonly count: number;
}

/** Maps a single id: root inside the namespace is id 0 of the parent. */
const rootOnly: readonly IdExtent[] = [{ inside: 0, outside: 0, count: 1 }];

/**
 * Writes the id maps of a task's user namespace: denies `setgroups`, then writes `uid_map` and
 * `gid_map`. The kernel accepts each map once; a second write fails with EPERM.
 *
 * @param maps - the id maps. Default: id 0 in the namespace is id 0 of the parent.
 * @param writer - the task that writes. Default: the task itself.
 * @throws BpfError if the kernel refuses.
 * @example
 * ```ts
 * writeIdMaps(app, { uid: [{ inside: 0, outside: 100000, count: 65536 }] }, kernel.init);
 * ```
 */
export function writeIdMaps(
  task: Task,
  maps: { readonly uid?: readonly IdExtent[]; readonly gid?: readonly IdExtent[] } = {},
  writer: Task = task,
): void {
  assertOptions("writeIdMaps", maps, ["uid", "gid"]);
  const at = writer === task ? "/proc/self" : `/proc/${task.pid}`;
  writeFile(writer, `${at}/setgroups`, "deny");
  writeFile(writer, `${at}/uid_map`, formatIdMap(maps.uid ?? rootOnly));
  writeFile(writer, `${at}/gid_map`, formatIdMap(maps.gid ?? rootOnly));
}

/**
 * Formats an id map in the syntax of `/proc/PID/uid_map`: one line per extent.
 *
 * @example
 * ```ts
 * formatIdMap([{ inside: 0, outside: 1000, count: 1 }]); // "0 1000 1\n"
 * ```
 */
export function formatIdMap(extents: readonly IdExtent[]): string {
  return extents.map((e) => `${e.inside} ${e.outside} ${e.count}\n`).join("");
}
