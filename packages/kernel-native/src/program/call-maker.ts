// SPDX-License-Identifier: MIT
import { type Kernel, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import {
  attrLayout,
  BpfCmd,
  Errno,
  newestRelease,
  RLIMIT,
  type SyscallArg,
  type SyscallEntry,
} from "@bpf-token/uapi";
import { infoOf, MOST_BYTES, UNKNOWN_SIZE } from "./bpf-memory.js";
import { mayOpen } from "./host-process.js";
import { readContents } from "./mappable.js";
import { type Args, int, PATH_MAX } from "./numbers.js";
import { type AnsweredCall, type Outcome, value } from "./outcome.js";
import type { Processes, ProgramProcess } from "./processes.js";
import { Windows } from "./windows.js";

/** A path of the other kernel, and the position of that argument. */
export interface KernelPlace {
  readonly at: number;
  /** The task's number of the directory, or AT_FDCWD; undefined for another text than a path. */
  readonly dirfd?: number;
  readonly path: string;
}

/** Makes calls of a program in its task of the other kernel. */
export class CallMaker {
  readonly kernel: Kernel;
  readonly processes: Processes;
  readonly #onAnswer: (call: AnsweredCall) => void;

  constructor(kernel: Kernel, processes: Processes, onAnswer: (call: AnsweredCall) => void) {
    this.kernel = kernel;
    this.processes = processes;
    this.#onAnswer = onAnswer;
  }

  /**
   * Makes a call whose arguments the table describes.
   *
   * @param places - what it names in place of the program's paths.
   * @param ofHost - errors for which the program gets one of the host, which no check of the other kernel explains.
   */
  make(
    process: ProgramProcess,
    entry: SyscallEntry,
    args: Args,
    places: readonly KernelPlace[] = [],
    ofHost: ReadonlyMap<number, number> = new Map(),
  ): Outcome {
    const windows = new Windows(process.memory);
    const lifted = this.lift(process, entry, args, windows);
    for (const { at, dirfd, path } of places) {
      lifted[at] = path;
      if (dirfd !== undefined && entry.args[at - 1]?.kind === "fd") lifted[at - 1] = dirfd;
    }
    const opens = entry.returns === "fd";
    const ret = this.underLimit(process, opens, () => process.task.syscall(entry.nr, ...lifted));
    const errno = ofHost.get(-ret);
    if (errno !== undefined) return value(-errno);
    this.report(process, entry.name, lifted, ret);
    const succeeded = ret > 0 || (ret === 0 && entry.returns !== "long");
    return this.result(process, windows.writeBack(succeeded), ret, opens);
  }

  /**
   * The outcome of a call.
   *
   * @param delivered - whether the program got what the kernel wrote.
   * @param opens - whether a result that is no error is a new file.
   */
  result(process: ProgramProcess, delivered: boolean, ret: number, opens = false): Outcome {
    if (delivered) return opens && ret >= 0 ? this.opened(process, ret) : value(ret);
    if (opens && ret >= 0) raw.close(process.task, ret);
    return value(-Errno.EFAULT);
  }

  /**
   * Makes a call. If it would open a file and fails, and the process may open none on the host, then the
   * model makes it again and may open none either: its order of checks decides about the error.
   */
  underLimit({ pid, task }: ProgramProcess, opens: boolean, make: () => number): number {
    const ret = make();
    // bpf(BPF_TOKEN_CREATE) crashes real kernels of some releases if no number is free.
    if (!opens || ret >= 0 || !this.kernel.features.fileLimits || mayOpen(pid)) return ret;
    const limit = new BigUint64Array(2);
    const old = new Uint8Array(limit.buffer.slice(0));
    raw.prlimit64(task, 0, RLIMIT.NOFILE, null, old);
    limit[1] = new BigUint64Array(old.buffer)[1] ?? 0n;
    raw.prlimit64(task, 0, RLIMIT.NOFILE, new Uint8Array(limit.buffer), null);
    try {
      return make();
    } finally {
      raw.prlimit64(task, 0, RLIMIT.NOFILE, old, null);
    }
  }

  /** The error of a call that the other kernel does not have. */
  missing(what: string): NotModelledError {
    return new NotModelledError(this.kernel.backend, what);
  }

  /** The arguments of a call, with the memory that they refer to. */
  lift(process: ProgramProcess, entry: SyscallEntry, args: Args, windows: Windows): SyscallArg[] {
    const number = (name: string): number => {
      return Number(args[entry.args.findIndex((one) => one.name === name)] ?? 0n);
    };
    return entry.args.map(({ name, kind, size, dir }, i) => {
      const arg = args[i] ?? 0n;
      const written = dir === "out" ? 0 : undefined;
      switch (kind) {
        case "fd":
          return this.processes.modelFd(process, int(arg));
        case "str":
          return windows.text(arg, PATH_MAX + 1);
        case "ptr":
          if (size !== undefined && "bytes" in size) return windows.at(arg, size.bytes, written);
          if (name === "statbuf") return windows.stat(arg);
          if (size === undefined || !("arg" in size)) return windows.at(arg, UNKNOWN_SIZE);
          if (name === "how") return windows.openHow(arg, Math.min(number(size.arg), MOST_BYTES));
          return windows.at(
            arg,
            Math.min(number(size.arg) * (size.unit ?? 1), MOST_BYTES),
            written,
          );
        case "int":
          return int(arg);
        case "uint":
        case "mode":
          return Number(BigInt.asUintN(32, arg));
        default:
          return BigInt.asIntN(64, arg);
      }
    });
  }

  /** Reports an answer to the caller of `runProgram()`. */
  report(
    { pid, task }: ProgramProcess,
    name: AnsweredCall["name"],
    args: readonly SyscallArg[],
    result: number,
  ): void {
    this.#onAnswer({ pid, task, name, args, result });
  }

  /** A file that a call opened in the task. */
  opened({ task }: ProgramProcess, modelFd: number): Outcome {
    const open = this.kernel.openFds(task).find(({ fd }) => fd === modelFd);
    const info = infoOf(open?.kind);
    const { map, mappable } = info === "bpf_map_info" ? mapOf(task, modelFd) : noMap;
    const standIn = info === "bpf_map_info" ? { map } : { info };
    const contents = map && mappable ? readContents(task, modelFd, map) : undefined;
    return { kind: "file", modelFd, cloexec: open?.cloexec ?? false, standIn, contents };
  }
}

const noMap = { map: undefined, mappable: false };

/** What a task's map looks like. */
function mapOf(task: Task, fd: number) {
  const MMAPABLE = 1 << 10;
  const info = new Uint8Array(32);
  const layout = attrLayout("OBJ_GET_INFO_BY_FD", newestRelease);
  const attr = layout.encode({ bpf_fd: fd, info_len: info.length, info });
  if (raw.bpf(task, BpfCmd.OBJ_GET_INFO_BY_FD, attr, attr.bytes.length) < 0) return noMap;
  const number = (at: number): number => new DataView(info.buffer).getUint32(at, true);
  const map = {
    type: number(0),
    keySize: number(8),
    valueSize: number(12),
    maxEntries: number(16),
  };
  return { map, mappable: (number(20) & MMAPABLE) !== 0 };
}
