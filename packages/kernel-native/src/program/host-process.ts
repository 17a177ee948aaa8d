// SPDX-License-Identifier: MIT
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { raw, type Task } from "@bpf-token/syscall";

/** The errno of an error of `node:fs`. */
export function errnoOf(error: unknown): number {
  const { errno } = error as NodeJS.ErrnoException;
  if (errno === undefined) throw error;
  return -errno;
}

/** The facts in `/proc/PID/status` that identify a thread: its process and the parent of that. */
export function readParents(tid: number): { readonly pid: number; readonly parent: number } {
  const text = readFileSync(`/proc/${tid}/status`, "latin1");
  const number = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1]);
  return { pid: number("Tgid"), parent: number("PPid") };
}

/** One process of the host, even if another one gets its number. */
export class HostProcess {
  #fd: number | undefined;

  constructor(pid: number) {
    try {
      this.#fd = openSync(`/proc/${pid}/comm`, "r");
    } catch {
      // It has ended already.
    }
  }

  /** Whether it exists, as a zombie too. */
  get exists(): boolean {
    try {
      return this.#fd !== undefined && readSync(this.#fd, new Uint8Array(1), 0, 1, 0) === 1;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Where the stack of a process starts, which is random for each successful execve(2). Undefined for
 * a process that has ended.
 */
export function readStack(pid: number): bigint | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const stack = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[25];
  return stack === undefined ? undefined : BigInt(stack);
}

/** The children of a process that have not ended. */
export function readChildren(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
      readText(`/proc/${pid}/task/${tid}/children`).split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
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

/** Gives the task of a process the umask that the process has on the host. */
export function followUmask({ pid, task }: { readonly pid: number; readonly task: Task }): void {
  const [, umask] = /^Umask:\t(\d+)$/m.exec(readText(`/proc/${pid}/status`)) ?? [];
  if (umask !== undefined) raw.umask(task, Number.parseInt(umask, 8));
}

/** Whether a process has a free number for a file. */
export function mayOpen(pid: number): boolean {
  const limit = Number(
    /^Max open files +(\d+)/m.exec(readText(`/proc/${pid}/limits`))?.[1] ?? Infinity,
  );
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) < limit).length < limit;
  } catch {
    return true;
  }
}

/** A link of a process: `cwd`, or `fd/N`. Undefined if it cannot be read. */
export function readProcLink(tid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${tid}/${name}`);
  } catch {
    return undefined;
  }
}

/**
 * Maps ids in a process's new user namespace to themselves, as far as this process may: then owners
 * of the host's files stay what they are.
 */
export function mapIds(pid: number): void {
  const all = "0 0 4294967295";
  const write = (name: string, text: string): boolean => {
    try {
      writeFileSync(`/proc/${pid}/${name}`, text);
      return true;
    } catch {
      return false;
    }
  };
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  if (!write("uid_map", all)) write("uid_map", `${uid} ${uid} 1`);
  if (write("gid_map", all)) return;
  write("setgroups", "deny");
  write("gid_map", `${gid} ${gid} 1`);
}
