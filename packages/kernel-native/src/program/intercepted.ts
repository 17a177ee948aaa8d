// SPDX-License-Identifier: MIT
import { closeSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { Errno } from "@bpf-token/uapi";
import { NativeUnavailableError } from "../errors.js";
import { type Addon, loadAddon } from "../process/addon.js";
import { keyOf } from "./host-process.js";

/** Offsets in `struct notice` of native/addon/intercept.c, and its size. */
const AT = { id: 0, tid: 8, nr: 12, args: 16, inode: 64, end: 72, closedCount: 76, closed: 80 };
const SIZE = 144;

/** Names a call that has no number on x86-64; `nr` as in native/intercepted/calls.h. */
export function foreignCall(nr: number): string {
  return nr === -1 ? "32-bit system calls" : "x32 system calls";
}

/** A call that waits for its answer. */
export interface WaitingCall {
  /** The thread that made it. */
  readonly tid: number;
  /** Its number on x86-64; negative for a call that has none, see {@link foreignCall}. */
  readonly nr: number;
  readonly args: readonly bigint[];
}

/** What {@link InterceptedCalls.next} found; `ended`: no process makes calls any more. */
export type NextCall = WaitingCall | "none" | "ended";

/** The calls of a program, and the files that it got. One call waits at a time. */
export class InterceptedCalls {
  readonly #addon: Addon;
  readonly #listener: number;
  readonly #ends: number;
  readonly #notice = new Uint8Array(SIZE);
  readonly #view = new DataView(this.#notice.buffer);
  /** The keys of the files, by our ends of them. */
  readonly #keys = new Map<number, string>();
  readonly #onClosed: (key: string) => void;

  /**
   * @param listener - what the interceptor sent, or `-errno`.
   * @param onClosed - called for each file of which the program has closed the last copy.
   */
  constructor(listener: number, onClosed: (key: string) => void) {
    this.#addon = loadAddon();
    this.#listener = checked(listener, "the listener cannot be received");
    this.#ends = checked(this.#addon.fileEnds(), "there is no epoll file");
    this.#onClosed = onClosed;
  }

  /** Waits for a call. It blocks this thread for at most some milliseconds. */
  next(milliseconds: number): NextCall {
    const found = this.#addon.nextCall(this.#listener, this.#ends, this.#notice, milliseconds);
    const view = this.#view;
    for (let i = view.getUint32(AT.closedCount, true); i > 0; i--) {
      this.#release(view.getInt32(AT.closed + 4 * (i - 1), true));
    }
    if (found < 0) return "ended";
    if (found === 0) return "none";
    return {
      tid: view.getUint32(AT.tid, true),
      nr: view.getInt32(AT.nr, true),
      args: [0, 8, 16, 24, 32, 40].map((at) => view.getBigUint64(AT.args + at, true)),
    };
  }

  /** Whether the caller still waits. Otherwise its number may be that of another process now. */
  get isWaiting(): boolean {
    return this.#addon.isWaiting(this.#listener, this.#notice);
  }

  /** The host makes the call. */
  pass(): void {
    this.#addon.answerCall(this.#listener, this.#notice, true, 0);
  }

  /** The call returns a value: ≥ 0, or `-errno`. Returns false if the caller does not wait any more. */
  answer(value: number): boolean {
    return this.#addon.answerCall(this.#listener, this.#notice, false, value) >= 0;
  }

  /**
   * The call returns a new file.
   *
   * @param memory - the file; without it, a socket.
   * @returns its key; `refused` if the program cannot have it, and then the call fails; `gone` if the
   *   caller does not wait any more.
   */
  give(cloexec: boolean, memory = -1): { readonly key: string } | "refused" | "gone" {
    const ret = this.#addon.giveFile(this.#listener, this.#ends, this.#notice, memory, cloexec);
    const end = this.#view.getInt32(AT.end, true);
    const key = keyOf(memory < 0, this.#view.getBigUint64(AT.inode, true));
    if (ret >= 0 && end >= 0) this.#keys.set(end, key);
    else if (end >= 0) closeSync(end);
    if (ret >= 0) return { key };
    return GONE.includes(-ret) ? "gone" : "refused";
  }

  /** A file in memory with these contents, for {@link InterceptedCalls.give}. */
  memory(contents: Uint8Array): number {
    const fd = checked(this.#addon.memoryFile(contents.length), "there is no memory for a file");
    writeSync(fd, contents, 0, contents.length, 0);
    return fd;
  }

  /** From now on, no call gets an answer: each returns ENOSYS. */
  close(): void {
    for (const fd of [this.#listener, this.#ends, ...this.#keys.keys()]) closeSync(fd);
    this.#keys.clear();
  }

  #release(end: number): void {
    const key = this.#keys.get(end);
    closeSync(end);
    this.#keys.delete(end);
    if (key !== undefined) this.#onClosed(key);
  }
}

/** The errors of a listener when a signal ended or interrupted the caller. */
const GONE: readonly number[] = [Errno.ENOENT, Errno.ESRCH];

/** A file descriptor of the addon. */
function checked(fd: number, problem: string): number {
  if (fd >= 0) return fd;
  const [name] = Object.entries(constants.errno).find(([, errno]) => errno === -fd) ?? [-fd];
  throw new NativeUnavailableError(`${problem}: ${name}`);
}
