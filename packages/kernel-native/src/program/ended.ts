// SPDX-License-Identifier: MIT
import { NotModelledError } from "@bpf-token/syscall";

/** A frame of the stack of a program: the code that made a call, or a caller of it. */
export interface ProgramFrame {
  /** The file with the code, as in `/proc/PID/maps`; `[anonymous]` for memory without a name. */
  readonly file: string;
  /** The address in the file at which the code continues. `addr2line -e FILE` takes it. */
  readonly offset: number;
  /** The function, and where the code continues in it. Absent if the file does not name it. */
  readonly symbol?: { readonly name: string; readonly offset: number };
  /**
   * False if there was no unwind information: the frame is a return address that was found on the
   * stack, so it may be of an earlier call.
   */
  readonly reliable: boolean;
}

/** A thread of a program, at a call. */
export interface ProgramThread {
  /** The process id, as the host numbers it. */
  readonly pid: number;
  /** The thread id; that of the first thread is the process id. */
  readonly tid: number;
  /** Its name, which is that of the program unless the program set another one. */
  readonly name: string;
  /** Its stack, with the innermost of at most 16 frames first. Empty if it cannot be read. */
  readonly frames: readonly ProgramFrame[];
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
 *   for (const { symbol, file, offset } of error.thread?.frames ?? [])
 *     console.log(symbol?.name ?? `${file}+0x${offset.toString(16)}`);
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
