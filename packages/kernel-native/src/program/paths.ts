// SPDX-License-Identifier: MIT
import { lstatSync, statSync } from "node:fs";
import { posix } from "node:path";
import { mounts, type Task } from "@bpf-token/syscall";
import { AT } from "@bpf-token/uapi";
import { errnoOf, readProcLink } from "./host-process.js";
import { PATH_MAX } from "./numbers.js";
import type { ProgramProcess } from "./processes.js";

/** The path at an address; empty if there is none. */
export function textAt({ memory }: ProgramProcess, address: bigint): string {
  return new TextDecoder().decode(memory.readText(address, PATH_MAX)).replace(/\0.*$/s, "");
}

/** The path at an address; undefined if the kernel would not look it up: it is empty, too long or has no end. */
export function lookupText(process: ProgramProcess, address: bigint): string | undefined {
  const bytes = process.memory.readText(address, PATH_MAX);
  return bytes.length > 1 && bytes.at(-1) === 0 ? textAt(process, address) : undefined;
}

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

/**
 * What a path of the host names, or the errno of looking it up.
 *
 * @param follow - whether a symbolic link at its end is followed.
 */
export function kindOnHost(path: string, follow = true): "directory" | "other" | number {
  try {
    return (follow ? statSync : lstatSync)(path).isDirectory() ? "directory" : "other";
  } catch (error) {
    return errnoOf(error);
  }
}

/** A path as a process gave it, for a lookup by this process: `..` is not what it is in a text. */
export function lookupPath(pid: number, dirfd: number, path: string): string {
  if (path.startsWith("/")) return path;
  return `/proc/${pid}/${dirfd === AT.FDCWD ? "cwd" : `fd/${dirfd}`}/${path}`;
}
