// SPDX-License-Identifier: MIT
import { raw } from "@bpf-token/syscall";
import { Errno, MapType, syscallByName } from "@bpf-token/uapi";
import { viewOf } from "./attr.js";
import type { CallMaker } from "./call-maker.js";
import type { Directories } from "./directories.js";
import { STAT_SIZE } from "./machine.js";
import { type Args, int, NR } from "./numbers.js";
import { HOST, type Outcome, value } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** A program does not use more parts than this in one readv() or writev(). */
const MOST_PARTS = 1024;
/** The kernel does not read or write more than this of a file of /proc or of a context. */
const MOST_BYTES = 1 << 20;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
/** Requests that concern the file descriptor, which is one of the host: FIOCLEX, FIONCLEX, FIONBIO, FIOASYNC. */
const ofDescriptor: ReadonlySet<number> = new Set([0x5451, 0x5450, 0x5421, 0x5452]);
/** Requests of files of a namespace, all of which have this type. */
const NSIO = 0xb7;

/** Answers calls on files of the other kernel; for all other files, the host makes them. */
export class FileCalls {
  readonly #maker: CallMaker;
  readonly #directories: Directories;

  constructor(maker: CallMaker, directories: Directories) {
    this.#maker = maker;
    this.#directories = directories;
  }

  answer(process: ProgramProcess, nr: number, args: Args): Outcome {
    if (nr === NR.mmap) return this.#mmap(process, args);
    if (nr === NR.epoll_ctl) return this.#epollCtl(process, args);
    const [first = 0n, second = 0n, third = 0n] = args;
    const file = this.#maker.processes.file(process, int(first));
    if (file === undefined) return HOST;
    const fd = this.#maker.processes.modelFd(process, int(first));
    switch (nr) {
      case NR.read:
        return value(this.#read(process, fd, [{ address: second, size: Number(third) }]));
      case NR.write:
        return value(this.#write(process, fd, [{ address: second, size: Number(third) }]));
      case NR.readv:
        return value(this.#read(process, fd, parts(process, second, int(third))));
      case NR.writev:
        return value(this.#write(process, fd, parts(process, second, int(third))));
      case NR.lseek:
        if (second === 0n && int(third) === 0) this.#directories.rewind(file);
        return this.#maker.make(process, syscallByName.lseek, args);
      case NR.ioctl:
        return this.#ioctl(process, int(first), Number(second & 0xffff_ffffn));
      case NR.getdents64:
        return value(this.#directories.read(process, file, fd, second, int(third)));
      case NR.ftruncate:
        // Only a regular file that is open for writing has a size to set.
        return value(-Errno.EINVAL);
      case NR.fchmod:
      case NR.fchown:
        if (isDirectory(process, fd)) return this.#change(process, nr, fd, args);
        break;
      case NR.fchdir:
        if (!isDirectory(process, fd)) return value(-Errno.ENOTDIR);
    }
    throw this.#maker.missing(`${names[nr] ?? `system call ${nr}`}() of a file of this kernel`);
  }

  /** fchmod(2) and fchown(2) of a directory, by the calls on paths. */
  #change(
    { task }: ProgramProcess,
    nr: number,
    fd: number,
    [, one = 0n, other = 0n]: Args,
  ): Outcome {
    const [first, second] = [one, other].map((arg) => Number(BigInt.asUintN(32, arg)));
    if (nr === NR.fchmod) return value(raw.fchmodat(task, fd, ".", first ?? 0));
    return value(raw.fchownat(task, fd, ".", first ?? 0, second ?? 0, 0));
  }

  /** The host maps the memory of a map, if it has some, and refuses a file that is no map. */
  #mmap(process: ProgramProcess, [, , , , fd = 0n]: Args): Outcome {
    const { map, memory } = this.#maker.processes.file(process, int(fd)) ?? {};
    if (map === undefined || memory !== undefined) return HOST;
    if (mapped.has(map.type)) {
      throw this.#maker.missing(`mmap() of a map of type ${enumName(MapType, map.type)}`);
    }
    const ENOTSUPP = 524;
    // Among the other types, only an array can be mapped: with BPF_F_MMAPABLE.
    return value(map.type === MapType.ARRAY ? -Errno.EINVAL : -ENOTSUPP);
  }

  /** In the host, the socket of a ring buffer stays without data, as the ring buffer does. */
  #epollCtl(process: ProgramProcess, [, op = 0n, fd = 0n]: Args): Outcome {
    const file = this.#maker.processes.file(process, int(fd));
    const EPOLL_CTL_ADD = 1;
    if (file === undefined || int(op) !== EPOLL_CTL_ADD) return HOST;
    if (file.map === undefined) return value(-Errno.EPERM);
    if (file.map.type === MapType.RINGBUF) return HOST;
    throw this.#maker.missing(`epoll_ctl() of a map of type ${enumName(MapType, file.map.type)}`);
  }

  #read(process: ProgramProcess, fd: number, to: readonly Part[]): number {
    const most = Math.min(sum(to), MOST_BYTES);
    const bytes = new Uint8Array(most);
    const ret = raw.read(process.task, fd, bytes, most);
    this.#maker.report(process, "read", [fd, { bytes }, most], ret);
    let used = 0;
    for (const { address, size } of to) {
      const part = bytes.subarray(used, Math.min(Math.max(ret, 0), used + size));
      if (part.length === 0) break;
      if (!process.memory.write(address, part)) return used > 0 ? used : -Errno.EFAULT;
      used += part.length;
    }
    return ret;
  }

  #write(process: ProgramProcess, fd: number, from: readonly Part[]): number {
    const size = Math.min(sum(from), MOST_BYTES);
    const bytes = new Uint8Array(size);
    let used = 0;
    for (const part of from) {
      const read = process.memory.read(part.address, Math.min(part.size, size - used));
      bytes.set(read, used);
      used += read.length;
      if (read.length < Math.min(part.size, size)) break;
    }
    if (used < size) return -Errno.EFAULT;
    const ret = raw.write(process.task, fd, bytes, size);
    this.#maker.report(process, "write", [fd, { bytes }, size], ret);
    return ret;
  }

  #ioctl(process: ProgramProcess, fd: number, request: number): Outcome {
    if (ofDescriptor.has(request)) return HOST;
    const file = this.#maker.processes.file(process, fd);
    const isMap = file?.map !== undefined;
    if (((request >> 8) & 0xff) === NSIO && !isMap)
      throw this.#maker.missing(`ioctl(0x${request.toString(16)}) of a namespace`);
    return value(-Errno.ENOTTY);
  }
}

/** Map types with a mapping of their own kind. */
const mapped: ReadonlySet<number> = new Set([
  ...[MapType.RINGBUF, MapType.USER_RINGBUF, MapType.ARENA],
]);

function enumName(names: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(names).find(([, one]) => one === value)?.[0] ?? `${value}`;
}

interface Part {
  readonly address: bigint;
  readonly size: number;
}

/** The parts of a `struct iovec` array. */
function parts({ memory }: ProgramProcess, address: bigint, count: number): readonly Part[] {
  const bytes = memory.read(address, 16 * Math.min(Math.max(count, 0), MOST_PARTS));
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => ({
    address: view.getBigUint64(16 * i, true),
    size: Number(view.getBigUint64(16 * i + 8, true)),
  }));
}

function sum(all: readonly Part[]): number {
  return all.reduce((total, { size }) => total + size, 0);
}

function isDirectory({ task }: ProgramProcess, fd: number): boolean {
  const stat = new Uint8Array(STAT_SIZE);
  if (raw.fstat(task, fd, stat) < 0) return false;
  return (viewOf(stat).getUint32(24, true) & S_IFMT) === S_IFDIR;
}

const names: Readonly<Record<number, string>> = {
  [NR.pread64]: "pread64",
  [NR.pwrite64]: "pwrite64",
  [NR.fchdir]: "fchdir",
  [NR.fchmod]: "fchmod",
  [NR.fchown]: "fchown",
  [NR.getdents]: "getdents",
};
