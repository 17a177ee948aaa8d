// SPDX-License-Identifier: MIT
import { readFileSync, readlinkSync, statSync } from "node:fs";

/** The facts in `/proc/PID/status` that identify a thread: its process and the parent of that. */
export function readParents(tid: number): { readonly pid: number; readonly parent: number } {
  const text = readFileSync(`/proc/${tid}/status`, "latin1");
  const number = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
  return { pid: number("Tgid"), parent: number("PPid") };
}

/** Changes with each successful execve(2): the start of the stack, which is random. */
export function readStackStart(tid: number): string {
  const stat = readFileSync(`/proc/${tid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[25] ?? "";
}

/** Whether a process still exists, zombies included. */
export function exists(pid: number): boolean {
  try {
    statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

/** The identity of an open file; undefined if the file descriptor is not open. */
export function fileKey(tid: number, fd: number): string | undefined {
  try {
    const stat = statSync(`/proc/${tid}/fd/${fd}`, { bigint: true });
    return keyOf(stat.isSocket(), stat.ino);
  } catch {
    return undefined;
  }
}

/** The identity of a file that stands for one of the other kernel. */
export function keyOf(socket: boolean, inode: bigint): string {
  return `${socket ? "socket" : "memory"} ${inode}`;
}

/** A link of a process: `cwd`, or `fd/N`. Undefined if it cannot be read. */
export function readProcLink(tid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${tid}/${name}`);
  } catch {
    return undefined;
  }
}
