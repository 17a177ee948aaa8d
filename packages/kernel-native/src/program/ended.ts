// SPDX-License-Identifier: MIT
import { NotModelledError } from "@bpf-token/syscall";

/** A place in the code of a program. */
export interface ProgramPlace {
  /** The file with the code, as in `/proc/PID/maps`; `[anonymous]` for memory without a name. */
  readonly file: string;
  /** Where in the file the code is, in bytes. */
  readonly offset: number;
}

/** A thread of a program, at a call. */
export interface ProgramThread {
  /** The process id, as the host numbers it. */
  readonly pid: number;
  /** The thread id; that of the first thread is the process id. */
  readonly tid: number;
  /** Its name, which is that of the program unless the program set another one. */
  readonly name: string;
  /** The number of the call on this machine. Absent if it cannot be read. */
  readonly nr?: number;
  /** Where the program continues after the call: usually in the C library. */
  readonly at?: ProgramPlace;
}

/**
 * A program made a call that the kernel does not have, and was ended.
 *
 * @example
 * ```ts
 * try {
 *   await runProgram({ command: ["opensnoop"], task: kernel.init });
 * } catch (error) {
 *   if (!(error instanceof ProgramEndedError)) throw error;
 *   console.log(error.what); // "openat2() of a BPF filesystem"
 *   console.log(error.thread?.pid, error.thread?.at?.file);
 * }
 * ```
 */
export class ProgramEndedError extends NotModelledError {
  /** The thread that made the call; undefined if it had ended before it could be read. */
  readonly thread: ProgramThread | undefined;

  constructor({ backend, what }: NotModelledError, thread: ProgramThread | undefined) {
    super(backend, what);
    this.thread = thread;
  }
}
