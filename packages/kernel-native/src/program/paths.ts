// SPDX-License-Identifier: MIT
import { posix } from "node:path";
import { mounts, type Task } from "@bpf-token/syscall";
import { AT } from "@bpf-token/uapi";
import { readProcLink } from "./host-process.js";

/** The absolute path that a call names; undefined if its directory is unknown. */
export function absolutePath(pid: number, dirfd: number, path: string): string | undefined {
  if (path.startsWith("/")) return posix.normalize(path);
  const base = readProcLink(pid, dirfd === AT.FDCWD ? "cwd" : `fd/${dirfd}`);
  return base?.startsWith("/") === true ? posix.join(base, path) : undefined;
}

/** The mount points of BPF filesystems in a task's mount namespace. */
export function bpffsMounts(task: Task): readonly string[] {
  const fields = mounts(task)
    .split("\n")
    .map((line) => line.split(" "));
  return fields.filter(([, , type]) => type === "bpf").map(([, point = ""]) => point);
}

/** Whether a path is one of these directories, or in one. */
export function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
