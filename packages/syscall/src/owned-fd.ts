// SPDX-License-Identifier: MIT
import type { Fd } from "@bpf-token/uapi";
import { type CallInfo, check } from "./bpf-error.js";
import { UseAfterCloseError } from "./errors.js";
import type { FdKind, Task } from "./kernel.js";
import { raw } from "./raw.js";

/**
 * A descriptor that somebody owns: closed once, by {@link OwnedFd.close} or at the end of a `using`
 * block. Nothing closes it behind your back: descriptor numbers are part of what a kernel answers.
 */
export class OwnedFd<K extends FdKind = FdKind> implements Disposable {
  /** The task whose descriptor it is. */
  readonly task: Task;
  /** What it is open on. */
  readonly kind: K;
  readonly #fd: number;
  #open = true;

  private constructor(task: Task, fd: number, kind: K) {
    this.task = task;
    this.kind = kind;
    this.#fd = fd;
  }

  /**
   * Takes ownership of a call's result.
   *
   * @throws BpfError if `ret` is a refusal.
   */
  static adopt<K extends FdKind>(task: Task, ret: number, kind: K, call: CallInfo): OwnedFd<K> {
    return new OwnedFd(task, check(task, call, ret), kind);
  }

  /**
   * The number, for use in calls.
   *
   * @throws UseAfterCloseError after {@link OwnedFd.close} and {@link OwnedFd.release}.
   */
  get fd(): Fd<K> {
    if (!this.#open) throw new UseAfterCloseError(`fd ${this.#fd} (${this.kind})`);
    return this.#fd as Fd<K>;
  }

  /** Whether it was closed or given away. */
  get closed(): boolean {
    return !this.#open;
  }

  /** Closes the descriptor. May be called again, and after the task has ended. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (!this.task.closed) raw.close(this.task, this.#fd);
  }

  /** Gives the number away: the caller closes it. */
  release(): Fd<K> {
    const fd = this.fd;
    this.#open = false;
    return fd;
  }

  /**
   * Passes a copy to another task, as SCM_RIGHTS does; this one stays open.
   *
   * @throws BpfError if the kernel refuses.
   */
  sendTo(to: Task): OwnedFd<K> {
    const ret = this.task.sendFd(this.fd, to);
    return OwnedFd.adopt(to, ret, this.kind, { syscall: "sendmsg", cmd: "SCM_RIGHTS" });
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A descriptor as a number, or an owner of one. */
export type FdLike<K extends FdKind = FdKind> = number | OwnedFd<K>;

/** The number of a descriptor, owned or not. */
export function fdOf(fd: FdLike): number {
  return typeof fd === "number" ? fd : fd.fd;
}
