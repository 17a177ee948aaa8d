// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fdinfo, NotModelledError, raw, readFile, type Task } from "@bpf-token/syscall";
import { AT, Errno, O, type SyscallEntry, syscallByName } from "@bpf-token/uapi";
import type { CallMaker } from "./call-maker.js";
import { type Args, CWD, int, PATH_MAX, type PathPlace } from "./numbers.js";
import { HOST, type Outcome, value } from "./outcome.js";
import { absolutePath, bpffsMounts, isInside } from "./paths.js";
import type { ProgramProcess } from "./processes.js";
import { statxOf } from "./statx.js";
import { Windows } from "./windows.js";

/** The size of `struct statfs`. */
const STATFS_SIZE = 120;
/** The size of `struct stat` on x86-64. */
const STAT_SIZE = 144;

/** Answers calls on paths. */
export class PathCalls {
  readonly #maker: CallMaker;

  constructor(maker: CallMaker) {
    this.#maker = maker;
  }

  /** The path of a call, if its file system is one of the other kernel. */
  #pathOfKernel(process: ProgramProcess, dirfd: bigint, address: bigint) {
    const bytes = process.memory.readText(address, PATH_MAX);
    const path = new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
    if (!path.startsWith("/") && this.#maker.processes.file(process, int(dirfd)) !== undefined) {
      return { relative: path };
    }
    const absolute = absolutePath(process.pid, int(dirfd), path);
    if (absolute === undefined) return undefined;
    return isInside(absolute, bpffsMounts(process.task)) ? { absolute } : { host: absolute };
  }

  /** A call on a path: the file system that the path names decides who answers. */
  byPath(process: ProgramProcess, entry: SyscallEntry, args: Args): Outcome {
    const [dirfd = 0n, address = 0n] = args;
    const path = this.#pathOfKernel(process, dirfd, address);
    if (path?.host !== undefined) return this.#procFile(process, entry, args, path.host) ?? HOST;
    if (path === undefined) return HOST;
    return this.#maker.make(process, entry, args, path.absolute);
  }

  /** The model has no access(): a file that can be opened exists. */
  access(process: ProgramProcess, dirfd: bigint, address: bigint): Outcome {
    const path = this.#pathOfKernel(process, dirfd, address);
    if (path === undefined || path.host !== undefined) return HOST;
    const at =
      path.absolute === undefined ? this.#maker.processes.modelFd(process, int(dirfd)) : AT.FDCWD;
    const fd = raw.openat(process.task, at, path.absolute ?? path.relative ?? "", O.PATH, 0);
    if (fd >= 0) raw.close(process.task, fd);
    return value(Math.min(fd, 0));
  }

  /** The model has fstatfs() and not statfs(). */
  statfs(process: ProgramProcess, address: bigint, buffer: bigint): Outcome {
    const path = this.#pathOfKernel(process, CWD, address);
    if (path?.absolute === undefined) return HOST;
    const { task } = process;
    const fd = raw.openat(task, AT.FDCWD, path.absolute, O.PATH, 0);
    if (fd < 0) return value(fd);
    const windows = new Windows(process.memory);
    const { nr } = syscallByName.fstatfs;
    const ret = task.syscall(nr, fd, windows.at(buffer, STATFS_SIZE));
    raw.close(task, fd);
    windows.writeBack();
    return value(ret);
  }

  /** The model has fstatat() and not the newer statx(). */
  statx(
    process: ProgramProcess,
    [dirfd = 0n, address = 0n, flags = 0n, , buffer = 0n]: Args,
  ): Outcome {
    const path = this.#pathOfKernel(process, dirfd, address);
    if (path === undefined || path.host !== undefined) return HOST;
    const stat = new Uint8Array(STAT_SIZE);
    const at =
      path.absolute === undefined ? this.#maker.processes.modelFd(process, int(dirfd)) : AT.FDCWD;
    const known = Number(flags) & (AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
    const name = path.absolute ?? path.relative ?? "";
    const ret = raw.newfstatat(process.task, at, name, stat, known);
    if (ret < 0) return value(ret);
    return value(process.memory.write(buffer, statxOf(stat)) ? 0 : -Errno.EFAULT);
  }

  /** A call that only the host has: it cannot change a BPF filesystem of the other kernel. */
  onlyHost(
    process: ProgramProcess,
    name: string,
    places: readonly PathPlace[],
    args: Args,
  ): Outcome {
    for (const [dirfd, at] of places) {
      const directory = typeof dirfd === "bigint" ? dirfd : (args[dirfd] ?? 0n);
      const path = this.#pathOfKernel(process, directory, args[at] ?? 0n);
      if (path === undefined || path.host !== undefined) continue;
      throw new NotModelledError(this.#maker.kernel.backend, `${name}() of a BPF filesystem`);
    }
    return HOST;
  }

  /** What /proc and /sys say of the mounts, the CPUs and the files of the other kernel. */
  #procFile(
    process: ProgramProcess,
    entry: SyscallEntry,
    args: Args,
    path: string,
  ): Outcome | undefined {
    const { task, pid } = process;
    const name = path.replace(/^\/proc\/(self|thread-self|\d+)\//, (whole, of: string) =>
      of === "self" || of === "thread-self" || Number(of) === pid ? "" : whole,
    );
    const [, folder, number] = /^(fd|fdinfo)\/(\d+)$/.exec(name) ?? [];
    const ofKernel =
      number !== undefined && this.#maker.processes.file(process, Number(number)) !== undefined;
    if (entry.name === "openat") {
      const cloexec = (Number(args[2] ?? 0n) & O.CLOEXEC) !== 0;
      if (folder === "fdinfo" && ofKernel) {
        return text(fdinfo(task, this.#maker.processes.modelFd(process, Number(number))), cloexec);
      }
      if (path === "/proc/mounts" || name === "mounts")
        return text(allMounts(pid, task, "mounts", 2), cloexec);
      // Loaders allocate the values of per-CPU maps by this; the model and guests have one CPU.
      if (path === "/sys/devices/system/cpu/possible") return text("0\n", cloexec);
      if (name === "mountinfo") return text(allMounts(pid, task, "mountinfo", -1), cloexec);
    }
    if (entry.name === "readlinkat" && folder === "fd" && ofKernel) {
      const modelFd = this.#maker.processes.modelFd(process, Number(number));
      return this.#maker.make(process, entry, args, `/proc/self/fd/${modelFd}`);
    }
    return undefined;
  }
}

/** The host's mounts, but with the other kernel's BPF filesystems. */
function allMounts(pid: number, task: Task, file: string, typeField: number): string {
  const isBpf = (line: string): boolean => {
    const fields = line.split(" ");
    return fields[typeField < 0 ? fields.indexOf("-") + 1 : typeField] === "bpf";
  };
  const host = readFileSync(`/proc/${pid}/${file}`, "utf8").split("\n");
  const own = readFile(task, `/proc/self/${file}`).split("\n");
  return [...host.filter((line) => line !== "" && !isBpf(line)), ...own.filter(isBpf), ""].join(
    "\n",
  );
}

function text(content: string, cloexec: boolean): Outcome {
  return { kind: "text", text: new TextEncoder().encode(content), cloexec };
}
