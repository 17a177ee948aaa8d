// SPDX-License-Identifier: MIT
import type { Fd } from "@bpf-token/uapi";
import { describeValue } from "./arguments.js";
import { type CallInfo, check } from "./bpf-error.js";
import { UseAfterCloseError } from "./errors.js";
import type { FdKind, Task } from "./kernel.js";
import { raw } from "./raw.js";
import { isSameKernel } from "./same-kernel.js";

/**
 * A file descriptor with an owner. {@link OwnedFd.close} or the end of a `using` block closes it
 * once.
 *
 * The garbage collector never closes it: file descriptor numbers are part of a kernel's answers, so closing must
 * be deterministic.
 *
 * @example
 * ```ts
 * using token = createToken(app, bpffs);
 * raw.fcntl(app, token.fd, 1, 0);
 * ```
 */
export class OwnedFd<K extends FdKind = FdKind> implements Disposable {
  /** The task that has the file descriptor. */
  readonly task: Task;
  /** The kind of the open file. */
  readonly kind: K;
  readonly #fd: number;
  #open = true;

  private constructor(task: Task, fd: number, kind: K) {
    this.task = task;
    this.kind = kind;
    this.#fd = fd;
  }

  /**
   * Takes ownership of the file descriptor that a call returned.
   *
   * @param ret - the return value of the call.
   * @param call - the call, for the error message.
   * @param log - what the kernel wrote into the log of the call, for the error message.
   * @throws BpfError if `ret` is negative.
   */
  static adopt<K extends FdKind>(
    task: Task,
    ret: number,
    kind: K,
    call: CallInfo,
    log = "",
  ): OwnedFd<K> {
    return new OwnedFd(task, check(task, call, ret, log), kind);
  }

  /**
   * The file descriptor number, for use in calls.
   *
   * @throws UseAfterCloseError after {@link OwnedFd.close} and {@link OwnedFd.release}.
   */
  get fd(): Fd<K> {
    if (!this.#open) throw new UseAfterCloseError(`fd ${this.#fd} (${this.kind})`);
    return this.#fd as Fd<K>;
  }

  /** Whether the file descriptor was closed or released. */
  get closed(): boolean {
    return !this.#open;
  }

  /**
   * Closes the file descriptor. Further calls, and calls after the task has ended, have no effect.
   */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (!this.task.closed) raw.close(this.task, this.#fd);
  }

  /** Gives up ownership and returns the number; the caller then closes the file descriptor. */
  release(): Fd<K> {
    const fd = this.fd;
    this.#open = false;
    return fd;
  }

  /**
   * Sends a copy to another task, as SCM_RIGHTS does. This file descriptor stays open.
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

/** A file descriptor: its number or its {@link OwnedFd}. */
export type FdLike<K extends FdKind = FdKind> = number | OwnedFd<K>;

/**
 * Returns the number of a file descriptor.
 *
 * @param task - the task that uses it. A number says nothing about its kernel, an {@link OwnedFd} does.
 * @param field - the argument or option, for the message.
 * @throws TypeError if it is neither a number nor an {@link OwnedFd}, or belongs to another kernel than
 *   the task; UseAfterCloseError if it is closed.
 * @example
 * ```ts
 * raw.close(task, fdOf(token, task, "token"));
 * ```
 */
export function fdOf(fd: FdLike, task?: Task, field = "the file descriptor"): number {
  if (typeof fd === "number" && Number.isInteger(fd)) return fd;
  const given = fd as Partial<OwnedFd> | null | undefined;
  if (typeof given !== "object" || given === null || !("fd" in given) || !given.task) {
    throw new TypeError(
      `${field} must be a file descriptor (a number or an OwnedFd), not ${describeValue(fd)}`,
    );
  }
  if (task !== undefined && !isSameKernel(given.task.kernel, task.kernel)) {
    throw new TypeError(`${field} belongs to another kernel than the task`);
  }
  return given.fd as number;
}
