// SPDX-License-Identifier: MIT
import type { SyscallArg } from "@bpf-token/uapi";
import type { Facts } from "../facts.js";

/** What a file descriptor of a traced process refers to. */
export interface TracedFile {
  /**
   * The kind of file. `bpffs` is a directory of a BPF filesystem, `other` a file that bpf() does not
   * know, `closed` a number without a file.
   */
  readonly kind: "bpffs" | "token" | "map" | "prog" | "btf" | "link" | "other" | "closed";
  /** For `bpffs`: the device number of the filesystem, as in mountinfo: `0:40`. */
  readonly device?: string;
  /** For `bpffs`: whether it is the root directory of the filesystem. */
  readonly root?: boolean;
  /** The text of `/proc/PID/fdinfo/FD`. */
  readonly fdinfo?: string;
}

/**
 * A system call that a process made on a real kernel, with its memory. A recorder or a parser of
 * strace logs creates it, and {@link CallReplay} explains it.
 */
export interface TracedCall {
  /** The process, not the thread. */
  readonly pid: number;
  /** The name of the system call as strace prints it: `bpf`, `openat`, `clone`. */
  readonly name: string;
  /** Numbers, and the memory that pointers refer to. `attrLayout().encode()` returns such memory. */
  readonly args: readonly SyscallArg[];
  /** The kernel's return value: ≥ 0, or `-errno`. */
  readonly result: number;
  /** The call as strace prints it, without the result. Default: formatted from the arguments. */
  readonly text?: string;
  /** The file that the returned file descriptor refers to, if the recorder looked. */
  readonly file?: TracedFile;
  /** The file descriptors that sendmsg(2) passed or recvmsg(2) received. */
  readonly fds?: readonly number[];
  /** Whether a seccomp filter answered in place of the kernel; undefined if that is unknown. */
  readonly seccomp?: boolean;
  /** The log that the kernel wrote: of the verifier, or of the BTF parser. */
  readonly log?: string;
  /** What is missing of the call's memory, in one clause: `the log cuts insns after 32 bytes`. */
  readonly incomplete?: string;
}

/** What happened in a traced process: input of {@link CallReplay}. */
export type TraceEvent =
  | ({ readonly type: "call" } & TracedCall)
  /** The state of a process, before its next call. Overrides what its calls imply. */
  | { readonly type: "process"; readonly pid: number; readonly facts: Facts }
  /** A file descriptor that the process has, before its next call. */
  | {
      readonly type: "file";
      readonly pid: number;
      readonly fd: number;
      readonly file: TracedFile;
    }
  | { readonly type: "exit"; readonly pid: number };
