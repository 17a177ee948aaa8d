// SPDX-License-Identifier: MIT
import { getCapabilities, raw } from "@bpf-token/syscall";
import { AT, Capability, Errno, O, type SyscallEntry, syscallByName } from "@bpf-token/uapi";
import type { CallMaker } from "./call-maker.js";
import type { Directories } from "./directories.js";
import { followUmask } from "./host-process.js";
import { STAT_SIZE } from "./machine.js";
import { type Args, CWD, int, type PathPlace } from "./numbers.js";
import { openFlags, plainOpen } from "./open-how.js";
import { HOST, type Outcome, value } from "./outcome.js";
import { absolutePath, bpffsMounts, isInside, kindOnHost, textAt } from "./paths.js";
import type { KernelFile, ProcFiles } from "./proc-files.js";
import type { ProgramProcess } from "./processes.js";
import { statxOf } from "./statx.js";
import { Windows } from "./windows.js";

/** The size of `struct statfs`. */
const STATFS_SIZE = 120;

/** Where tracefs is. */
const tracefs = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** Who has the file that a path names: the other kernel, or the host. */
export type Found = { readonly kernel: KernelFile } | { readonly host: string } | undefined;

/** Answers calls on paths. */
export class PathCalls {
  readonly #maker: CallMaker;
  readonly #proc: ProcFiles;
  readonly #directories: Directories;

  constructor(maker: CallMaker, proc: ProcFiles, directories: Directories) {
    this.#maker = maker;
    this.#proc = proc;
    this.#directories = directories;
  }

  /** Finds the file that a path names; undefined if its directory is unknown. */
  find(process: ProgramProcess, dirfd: bigint, address: bigint): Found {
    const path = textAt(process, address);
    if (!path.startsWith("/") && this.#maker.processes.file(process, int(dirfd)) !== undefined) {
      const directory = this.#maker.processes.modelFd(process, int(dirfd));
      return { kernel: { dirfd: directory, path } };
    }
    const absolute = absolutePath(process.pid, int(dirfd), path);
    if (absolute === undefined) return undefined;
    if (isInside(absolute, bpffsMounts(process.task)))
      return { kernel: { dirfd: AT.FDCWD, path: absolute } };
    const kernel = this.#proc.find(process, absolute);
    return kernel === undefined ? { host: absolute } : { kernel };
  }

  /** The file of the other kernel that a path names; undefined if the host has it. */
  ofKernel(process: ProgramProcess, dirfd: bigint, address: bigint): KernelFile | undefined {
    const found = this.find(process, dirfd, address);
    return found !== undefined && "kernel" in found ? found.kernel : undefined;
  }

  /** A call on a path: the file system that the path names decides who answers. */
  byPath(process: ProgramProcess, entry: SyscallEntry, args: Args): Outcome {
    const [dirfd = 0n, address = 0n] = args;
    const found = this.find(process, dirfd, address);
    if (found === undefined) return HOST;
    const opens = entry.name === "openat" || entry.name === "openat2";
    if ("host" in found) {
      if (!opens) return HOST;
      if (isInside(found.host, tracefs)) throw this.#maker.missing(`tracefs: ${found.host}`);
      const cloexec = (openFlags(process, entry, args) & O.CLOEXEC) !== 0;
      return this.#proc.open(process, found.host, cloexec) ?? HOST;
    }
    const { kernel } = found;
    const isMount = kernel.dirfd === AT.FDCWD && bpffsMounts(process.task).includes(kernel.path);
    if (entry.name === "unlinkat" && isMount) {
      const removes = (Number(args[2] ?? 0n) & AT.REMOVEDIR) !== 0;
      return value(removes ? -Errno.EBUSY : -Errno.EISDIR);
    }
    if (opens && kernel.namespace !== undefined) {
      const { kind, of } = kernel.namespace;
      const fd = process.task.openNamespace(kind, of);
      return fd < 0 ? value(fd) : this.#maker.opened(process, fd);
    }
    const link =
      entry.name === "readlinkat"
        ? this.#proc.link(
            process,
            absolutePath(process.pid, int(dirfd), textAt(process, address)) ?? "",
          )
        : undefined;
    const place = link === undefined ? kernel : { dirfd: AT.FDCWD, path: link };
    const [made, given] =
      kernel.exists === true && opens
        ? openExisting(process, entry, args)
        : plainOpen(process, entry, args);
    if (entry.name === "mkdirat") followUmask(process);
    const outcome = this.#maker.make(process, made, given, [{ at: 1, ...place }]);
    const creates =
      (entry.name === "mkdirat" && "value" in outcome && outcome.value === 0) ||
      (opens && outcome.kind === "file" && (openFlags(process, entry, args) & O.CREAT) !== 0);
    if (creates) this.#directories.add(process, place.dirfd, place.path);
    return outcome;
  }

  /** OBJ_PIN succeeded. */
  pinned(process: ProgramProcess, path: string): void {
    this.#directories.add(process, AT.FDCWD, path);
  }

  /** chdir(2) into a directory that only the other kernel has: the host cannot follow. */
  chdir(process: ProgramProcess, address: bigint): Outcome {
    const file = this.ofKernel(process, CWD, address);
    if (file === undefined) return HOST;
    if (file.dirfd === AT.FDCWD && typeof kindOnHost(file.path) === "string") return HOST;
    const ret = this.#exists(process, file);
    if (ret < 0) return value(ret);
    throw this.#maker.missing(
      "chdir() into a directory that a program created in a BPF filesystem",
    );
  }

  /** chroot(2): only the root directory stays what it is. */
  chroot(process: ProgramProcess, address: bigint): Outcome {
    const path = absolutePath(process.pid, AT.FDCWD, textAt(process, address)) ?? "";
    // The host has an error for it.
    if (kindOnHost(path) !== "directory") return HOST;
    const { effective } = getCapabilities(process.task);
    if (((effective >> BigInt(Capability.SYS_CHROOT)) & 1n) === 0n) return value(-Errno.EPERM);
    if (path === "/") return value(0);
    throw this.#maker.missing("chroot() into a directory");
  }

  #exists({ task }: ProgramProcess, { dirfd, path }: KernelFile): number {
    const fd = raw.openat(task, dirfd, path, O.PATH, 0);
    if (fd >= 0) raw.close(task, fd);
    return Math.min(fd, 0);
  }

  /** The model has no access(): a file that can be opened exists. */
  access(process: ProgramProcess, dirfd: bigint, address: bigint): Outcome {
    const file = this.ofKernel(process, dirfd, address);
    return file === undefined ? HOST : value(this.#exists(process, file));
  }

  /** The model has fstatfs() and not statfs(). */
  statfs(process: ProgramProcess, address: bigint, buffer: bigint): Outcome {
    const file = this.ofKernel(process, CWD, address);
    if (file === undefined) return HOST;
    const { task } = process;
    const fd = raw.openat(task, file.dirfd, file.path, O.PATH, 0);
    if (fd < 0) return value(fd);
    const windows = new Windows(process.memory);
    const { nr } = syscallByName.fstatfs;
    const ret = task.syscall(nr, fd, windows.at(buffer, STATFS_SIZE, 0));
    raw.close(task, fd);
    return this.#maker.result(process, windows.writeBack(ret === 0), ret);
  }

  /** The model has fstatat() and not the newer statx(). */
  statx(
    process: ProgramProcess,
    [dirfd = 0n, address = 0n, flags = 0n, , buffer = 0n]: Args,
  ): Outcome {
    const file = this.ofKernel(process, dirfd, address);
    if (file === undefined) return HOST;
    const stat = new Uint8Array(STAT_SIZE);
    const known = Number(flags) & (AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH);
    const ret = raw.newfstatat(process.task, file.dirfd, file.path, stat, known);
    if (ret < 0) return value(ret);
    return value(process.memory.write(buffer, statxOf(stat)) ? 0 : -Errno.EFAULT);
  }

  /** fchmodat2(2), which is fchmodat(2) with flags; a BPF filesystem has no symbolic links here. */
  fchmodat2(process: ProgramProcess, args: Args): Outcome {
    const flags = Number(BigInt.asUintN(32, args[3] ?? 0n));
    if ((flags & ~AT.SYMLINK_NOFOLLOW) === 0)
      return this.byPath(process, syscallByName.fchmodat, args);
    return this.onlyHost(process, "fchmodat2", [[0, 1]], args);
  }

  /** A call that only the host has: it cannot change a file of the other kernel. */
  onlyHost(
    process: ProgramProcess,
    name: string,
    places: readonly PathPlace[],
    args: Args,
  ): Outcome {
    for (const [dirfd, at] of places) {
      const directory = typeof dirfd === "bigint" ? dirfd : (args[dirfd] ?? 0n);
      if (this.ofKernel(process, directory, args[at] ?? 0n) === undefined) continue;
      throw this.#maker.missing(`${name}() of a BPF filesystem`);
    }
    return HOST;
  }
}

/** Opens a file of /proc with openat(), and without O_CREAT, for which the model would check the directory. */
function openExisting(
  process: ProgramProcess,
  entry: SyscallEntry,
  args: Args,
): readonly [SyscallEntry, Args] {
  const [dirfd = 0n, path = 0n] = args;
  const flags = openFlags(process, entry, args) & ~O.CREAT;
  return [syscallByName.openat, [dirfd, path, BigInt(flags)]];
}
