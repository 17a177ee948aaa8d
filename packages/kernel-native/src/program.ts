// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import type { Duplex } from "node:stream";
import { type Kernel, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import { Errno } from "@bpf-token/uapi";
import { NativeUnavailableError } from "./errors.js";
import { Calls } from "./program/calls.js";
import { exists, keyOf } from "./program/host-process.js";
import type { AnsweredCall, Outcome } from "./program/outcome.js";
import { Processes, type ProgramProcess } from "./program/processes.js";
import {
  AnswerKind,
  EventKind,
  FileFlag,
  type InterceptEvent,
  InterceptLine,
} from "./program/protocol.js";
import { nativeProgram } from "./record.js";

export { readGuestBtf } from "./guest/image-btf.js";
export type { AnsweredCall };
export { NativeUnavailableError };

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
 * BPF, mounts and capabilities, and the host makes all others. Needs no privileges, and Linux 5.19
 * on x86-64. It is not a sandbox.
 *
 * The program gets standard input, output and error of this process.
 *
 * @returns its exit status, or 128 + N if signal N ended it; 126 or 127 if it cannot be executed.
 * @throws NativeUnavailableError if the interceptor is not built or does not run here;
 *   NotModelledError for a call that the kernel does not have, after the program was ended.
 * @example
 * ```ts
 * const status = await runProgram({ command: ["bpftool", "map", "list"], task: kernel.init });
 * ```
 */
export async function runProgram(run: ProgramRun): Promise<number> {
  const { command, task, env } = run;
  // The flags of openat() and struct stat of other architectures are not translated.
  if (process.arch !== "x64") throw new NativeUnavailableError("programs run on x86-64 only");
  const child = spawn(nativeProgram("bpf-token-intercept"), ["--fd", "3", "--", ...command], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...(env ?? process.env) },
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", ({ message }) =>
      reject(new NativeUnavailableError(`the interceptor does not run: ${message}`)),
    );
    child.on("exit", (code, signal) => {
      if (signal === null || passedOn.has(signal)) {
        resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]);
      } else {
        const why = `${signal} ended the interceptor, and with it the program`;
        reject(new NativeUnavailableError(why));
      }
    });
  });
  // It is awaited last; until then its rejection must not count as unhandled.
  ended.catch(() => {});
  const release = keepAlive(child);
  try {
    if (child.pid !== undefined) await new Session(child, task.kernel, run).serve();
    return await ended;
  } finally {
    release();
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

/** One run of a program. */
class Session {
  readonly #child: ChildProcess;
  readonly #line: InterceptLine;
  readonly #processes: Processes;
  readonly #calls: Calls;
  readonly #onMissing: ProgramRun["onMissing"];

  constructor(child: ChildProcess, kernel: Kernel, { task, onCall, onMissing, btf }: ProgramRun) {
    this.#child = child;
    this.#line = new InterceptLine(child.stdio[3] as Duplex);
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
    let missing: NotModelledError | undefined;
    try {
      for (
        let event = await this.#line.next();
        event !== undefined;
        event = await this.#line.next()
      ) {
        if (event.kind === EventKind.ended) break;
        if (event.kind === EventKind.released) this.#processes.release(keyOf(true, event.inode));
        if (event.kind !== EventKind.call) continue;
        const error = await this.#answer(event);
        missing ??= error;
      }
    } finally {
      this.#processes.close();
    }
    if (missing !== undefined) throw missing;
  }

  /** Answers a call. Returns the error that ended the program, if there is one. */
  async #answer(event: InterceptEvent): Promise<NotModelledError | undefined> {
    const { id, tid, nr, args } = event;
    try {
      if (nr < 0) throw new NotModelledError("host", "programs of another architecture (32-bit)");
      const process = this.#processes.of(tid);
      await this.#carryOut(process, id, this.#calls.answer(process, nr, args));
      return undefined;
    } catch (error) {
      if (!exists(tid)) {
        // A signal ended the caller; the host's kernel ignores the answer.
        this.#line.send({ kind: AnswerKind.value, id, value: -Errno.ENOSYS });
        return undefined;
      }
      if (!(error instanceof NotModelledError)) throw error;
      const ends = this.#onMissing === undefined;
      this.#onMissing?.(error);
      if (ends) this.#line.send({ kind: AnswerKind.kill, id });
      this.#line.send({ kind: AnswerKind.value, id, value: -Errno.ENOSYS });
      return ends ? error : undefined;
    }
  }

  async #carryOut(process: ProgramProcess, id: bigint, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case "host":
        return this.#line.send({ kind: AnswerKind.host, id });
      case "value":
        return this.#line.send({ kind: AnswerKind.value, id, value: outcome.value });
      case "text": {
        const memory = await this.#memory(id, outcome.text);
        closeSync(memory.own);
        await this.#install(id, outcome.cloexec, memory.theirs);
        return;
      }
      case "file": {
        const { contents, standIn, cloexec, modelFd } = outcome;
        const memory = contents === undefined ? undefined : await this.#memory(id, contents);
        const inode = await this.#install(id, cloexec, memory?.theirs);
        if (inode === undefined) {
          raw.close(process.task, modelFd);
          if (memory !== undefined) closeSync(memory.own);
          return;
        }
        const key = keyOf(memory === undefined, inode);
        this.#processes.add(process, modelFd, key, { ...standIn, memory: memory?.own });
      }
    }
  }

  /** Makes a file of the interceptor with these contents. */
  async #memory(id: bigint, contents: Uint8Array) {
    const size = contents.length;
    this.#line.send({ kind: AnswerKind.memory, id, size });
    const theirs = (await this.#expect(EventKind.memory))?.value ?? -1;
    if (theirs < 0) throw new NativeUnavailableError("the interceptor has no memory for a file");
    const own = openSync(`/proc/${this.#child.pid}/fd/${theirs}`, "r+");
    writeSync(own, contents, 0, contents.length, 0);
    return { theirs, own };
  }

  /** Gives the program a file, as the result of its call. Returns the inode of the file. */
  async #install(id: bigint, cloexec: boolean, memory?: number): Promise<bigint | undefined> {
    const flags = (cloexec ? FileFlag.cloexec : 0) | (memory === undefined ? 0 : FileFlag.memory);
    this.#line.send({ kind: AnswerKind.file, id, flags, value: memory ?? 0 });
    const event = await this.#expect(EventKind.installed);
    return event === undefined || event.value < 0 ? undefined : event.inode;
  }

  async #expect(kind: number): Promise<InterceptEvent | undefined> {
    const event = await this.#line.next();
    return event?.kind === kind ? event : undefined;
  }
}

/** Signals to this process that end the interceptor, and with it the program. */
const passedOn: ReadonlySet<NodeJS.Signals> = new Set(["SIGTERM", "SIGHUP"]);

/** The terminal sends SIGINT and SIGQUIT to the program too, which decides what they do. */
function keepAlive(child: ChildProcess): () => void {
  const listeners = [...passedOn, "SIGINT" as const, "SIGQUIT" as const].map((signal) => {
    const listener = (): void => {
      if (passedOn.has(signal)) child.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}
