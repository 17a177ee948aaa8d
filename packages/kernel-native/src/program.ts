// SPDX-License-Identifier: MIT
import { closeSync } from "node:fs";
import { type Kernel, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { NativeUnavailableError } from "./errors.js";
import { readCallingThread } from "./program/calling-thread.js";
import { Calls } from "./program/calls.js";
import { ProgramEndedError } from "./program/ended.js";
import { exists } from "./program/host-process.js";
import { foreignCall, InterceptedCalls, type WaitingCall } from "./program/intercepted.js";
import { Interceptor } from "./program/interceptor.js";
import type { AnsweredCall, Outcome } from "./program/outcome.js";
import { alsoOnHost } from "./program/privileges.js";
import { Processes, type ProgramProcess } from "./program/processes.js";
import { isLost } from "./program/survivor.js";
import { UndeliveredAnswers } from "./program/undelivered.js";

export { readGuestBtf } from "./guest/image-btf.js";
export type { ProgramPlace, ProgramThread } from "./program/ended.js";
export type { AnsweredCall };
export { NativeUnavailableError, ProgramEndedError };

/** A program to run on another kernel. */
export interface ProgramRun {
  /** The program, which is searched in PATH, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** The task of the kernel whose calls the program makes. */
  readonly task: Task;
  /** Environment of the program. Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Returns the kernel's BTF, for `/sys/kernel/btf/vmlinux`, or undefined if it is unknown. The
   * program then gets that of this machine, which is also the default.
   */
  readonly btf?: () => Uint8Array | undefined;
  /** Called for each call that the kernel answered, before the next one. */
  readonly onCall?: (call: AnsweredCall) => void;
  /**
   * Called for a call that the kernel does not have: the program gets ENOSYS and continues. Without
   * it, such a call ends the program.
   */
  readonly onMissing?: (error: NotModelledError) => void;
}

/**
 * Runs a program of this machine on another kernel. A task of that kernel makes its calls about
 * BPF, mounts and capabilities, and the host makes all others. Needs no privileges, and Linux 5.14
 * on x86-64 or arm64. It is not a sandbox.
 *
 * The program gets standard input, output and error of this process.
 *
 * @returns its exit status, or 128 + N if signal N ended it; 126 or 127 if it cannot be executed.
 * @throws NativeUnavailableError if the interceptor is not built or does not run here;
 *   ProgramEndedError for a call that the kernel does not have, after the program was ended.
 * @example
 * ```ts
 * const status = await runProgram({ command: ["bpftool", "map", "list"], task: kernel.init });
 * ```
 */
export async function runProgram(run: ProgramRun): Promise<number> {
  const { command, task, env } = run;
  const interceptor = new Interceptor(command, env ?? process.env);
  const release = interceptor.passSignals();
  try {
    await new Session(interceptor, task.kernel, run).serve();
    return await interceptor.status();
  } finally {
    release();
  }
}

/** A wait for the next call blocks this thread for at most this long. */
const WAIT_MS = 2;
/** While calls follow each other, timers and signals of this process wait for this long. */
const TURN_MS = 10;

/** Milliseconds of a clock that only goes forward. Loading `performance` takes a millisecond. */
const now = (): number => 1000 * process.uptime();

/** A call that the kernel does not have, and the thread that made it. */
interface MissingCall {
  readonly tid: number;
  readonly error: NotModelledError;
}

/** One run of a program. */
class Session {
  readonly #interceptor: Interceptor;
  readonly #kernel: Kernel;
  readonly #processes: Processes;
  readonly #calls: Calls;
  readonly #undelivered = new UndeliveredAnswers();
  readonly #onMissing: ProgramRun["onMissing"];

  constructor(
    interceptor: Interceptor,
    kernel: Kernel,
    { task, onCall, onMissing, btf }: ProgramRun,
  ) {
    this.#interceptor = interceptor;
    this.#kernel = kernel;
    this.#processes = new Processes(kernel, task);
    this.#calls = new Calls(
      kernel,
      this.#processes,
      onCall ?? (() => {}),
      btf ?? (() => undefined),
    );
    this.#onMissing = onMissing;
  }

  /** Answers calls until the program ends. */
  async serve(): Promise<void> {
    const { line } = this.#interceptor;
    let calls: InterceptedCalls | undefined;
    try {
      const listener = line.listener();
      if (listener === -Errno.ENOTCONN) return;
      calls = new InterceptedCalls(listener, (key) => this.#processes.release(key));
      const missing = await this.#answerAll(calls);
      if (missing !== undefined) throw await this.#end(calls, missing);
    } finally {
      line.close();
      calls?.close();
      this.#processes.close();
    }
  }

  /** Ends the program. Returns the error, with the thread that made the call. */
  async #end(calls: InterceptedCalls, { tid, error }: MissingCall): Promise<ProgramEndedError> {
    const thread = readCallingThread(tid);
    // A thread that does not wait any more may have left its number to another one.
    const same = calls.isWaiting;
    await this.#interceptor.line.endProgram();
    return new ProgramEndedError(error, same ? thread : undefined);
  }

  /** Answers calls while there are some. Returns the call that ends the program, if there is one. */
  async #answerAll(calls: InterceptedCalls): Promise<MissingCall | undefined> {
    let turn = now();
    for (;;) {
      const next = calls.next(WAIT_MS);
      if (next === "ended" || (next === "none" && !(await this.#interceptor.line.watch())))
        return undefined;
      if (typeof next !== "string") {
        const error = this.#answer(calls, next);
        if (error !== undefined) return { tid: next.tid, error };
        if (now() - turn < TURN_MS) continue;
        await new Promise((resolve) => setImmediate(resolve));
      }
      turn = now();
    }
  }

  /** Answers a call. Returns the error that ends the program, if there is one. */
  #answer(calls: InterceptedCalls, call: WaitingCall): NotModelledError | undefined {
    const { tid, nr, args } = call;
    try {
      if (nr < 0) throw new NotModelledError("host", foreignCall(nr));
      const process = this.#processes.of(tid);
      // After this, the memory of the process is open, and cannot become that of another one.
      if (!calls.isWaiting) return undefined;
      const kept = this.#undelivered.take(process, call);
      const outcome = kept ?? alsoOnHost(tid, nr, this.#calls.answer(process, nr, args));
      const delivered = this.#carryOut(calls, process, outcome);
      if (!delivered) this.#undelivered.keep(process, call, outcome);
      return undefined;
    } catch (error) {
      const ended = !exists(tid);
      // A signal ended the caller; the host's kernel ignores the answer.
      if (ended) calls.answer(-Errno.ENOSYS);
      else if (!(error instanceof NotModelledError)) throw error;
      else if (this.#onMissing === undefined || isLost(this.#kernel)) return error;
      else {
        this.#onMissing(error);
        calls.answer(-Errno.ENOSYS);
      }
      return undefined;
    }
  }

  /** Returns whether the answer arrived; false if a signal ended or interrupted the caller. */
  #carryOut(calls: InterceptedCalls, process: ProgramProcess, outcome: Outcome): boolean {
    switch (outcome.kind) {
      case "host":
        calls.pass();
        return true;
      case "value":
        return calls.answer(outcome.value);
      case "text": {
        const memory = calls.memory(outcome.text);
        const given = calls.give(outcome.cloexec, memory);
        closeSync(memory);
        return given !== "gone";
      }
      case "file": {
        const { contents, standIn, cloexec, modelFd } = outcome;
        const memory = contents === undefined ? undefined : calls.memory(contents);
        const given = calls.give(cloexec, memory);
        if (typeof given === "object") {
          this.#processes.add(process, modelFd, given.key, { ...standIn, memory });
          return true;
        }
        if (memory !== undefined) closeSync(memory);
        if (given === "refused") raw.close(process.task, modelFd);
        return given !== "gone";
      }
    }
  }
}
