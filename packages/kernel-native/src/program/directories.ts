// SPDX-License-Identifier: MIT
import { raw } from "@bpf-token/syscall";
import { AT, Errno } from "@bpf-token/uapi";
import { viewOf } from "./attr.js";
import { STAT_SIZE } from "./machine.js";
import type { ProgramProcess, StandIn } from "./processes.js";

const HEADER_SIZE = 19;
const S_IFMT = 0o170000;

/**
 * The names in the directories of BPF filesystems, for getdents64(), which the model does not have. A
 * directory has the names that the program created and that still exist.
 */
export class Directories {
  /** By the device and inode of the directory; the newest name is first, as in the kernel's list. */
  readonly #names = new Map<string, string[]>();
  readonly #positions = new WeakMap<StandIn, number>();

  /** Notes that a process created a file. */
  add(process: ProgramProcess, dirfd: number, path: string): void {
    let end = path.length;
    while (path[end - 1] === "/") end--;
    const begin = path.lastIndexOf("/", end - 1) + 1;
    const [folder, name] = [path.slice(0, begin), path.slice(begin, end)];
    const key = keyOf(process, dirfd, folder === "" ? "." : folder);
    if (key === undefined || name === "" || name === "." || name === "..") return;
    const known = this.#names.get(key) ?? [];
    this.#names.set(key, [name, ...known.filter((one) => one !== name)]);
  }

  /** The next read starts at the first name. */
  rewind(directory: StandIn): void {
    this.#positions.delete(directory);
  }

  /** Answers getdents64(2) on a directory. */
  read(
    process: ProgramProcess,
    directory: StandIn,
    fd: number,
    address: bigint,
    size: number,
  ): number {
    const stat = new Uint8Array(STAT_SIZE);
    const ret = raw.fstat(process.task, fd, stat);
    if (ret < 0) return ret;
    if (typeOf(stat) !== 4) return -Errno.ENOTDIR;
    const entries = this.#entries(process, fd, stat);
    const start = this.#positions.get(directory) ?? 0;
    const bytes = new Uint8Array(Math.min(Math.max(size, 0), 1 << 16));
    let [at, used] = [start, 0];
    for (; at < entries.length; at++) {
      const length = encode(bytes, used, entries[at] as Entry, at + 1);
      if (length === 0) break;
      used += length;
    }
    if (used === 0 && at < entries.length) return -Errno.EINVAL;
    if (!process.memory.write(address, bytes.subarray(0, used))) return -Errno.EFAULT;
    this.#positions.set(directory, at);
    return used;
  }

  #entries(process: ProgramProcess, fd: number, own: Uint8Array): readonly Entry[] {
    const above = new Uint8Array(STAT_SIZE);
    if (raw.newfstatat(process.task, fd, "..", above, 0) < 0) above.set(own);
    const names = this.#names.get(keyOfStat(own)) ?? [];
    const children = names.flatMap((name): Entry[] => {
      const stat = new Uint8Array(STAT_SIZE);
      const ret = raw.newfstatat(process.task, fd, name, stat, AT.SYMLINK_NOFOLLOW);
      return ret < 0 ? [] : [{ name, stat }];
    });
    return [{ name: ".", stat: own }, { name: "..", stat: above }, ...children];
  }
}

interface Entry {
  readonly name: string;
  readonly stat: Uint8Array;
}

/** Writes a `struct linux_dirent64`. Returns its size; 0 if it does not fit. */
function encode(bytes: Uint8Array, at: number, { name, stat }: Entry, next: number): number {
  const text = new TextEncoder().encode(name);
  const size = Math.ceil((HEADER_SIZE + text.length + 1) / 8) * 8;
  if (at + size > bytes.length) return 0;
  const view = viewOf(bytes);
  view.setBigUint64(at, viewOf(stat).getBigUint64(8, true), true);
  view.setBigInt64(at + 8, BigInt(next), true);
  view.setUint16(at + 16, size, true);
  bytes[at + 18] = typeOf(stat);
  bytes.set(text, at + HEADER_SIZE);
  return size;
}

/** DT_…: the upper bits of the mode. */
function typeOf(stat: Uint8Array): number {
  return (viewOf(stat).getUint32(24, true) & S_IFMT) >> 12;
}

function keyOf({ task }: ProgramProcess, dirfd: number, path: string): string | undefined {
  const stat = new Uint8Array(STAT_SIZE);
  return raw.newfstatat(task, dirfd, path, stat, 0) < 0 ? undefined : keyOfStat(stat);
}

/** Device and inode. */
function keyOfStat(stat: Uint8Array): string {
  const view = viewOf(stat);
  return `${view.getBigUint64(0, true)} ${view.getBigUint64(8, true)}`;
}
