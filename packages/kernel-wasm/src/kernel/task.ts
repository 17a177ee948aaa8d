// SPDX-License-Identifier: GPL-2.0-only
import {
  BpfError,
  type DecisionStep,
  type NamespaceKind,
  type Refusal,
  type Task,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import { CLONE, type SyscallArg } from "@bpf-token/uapi";
import type { KernelExports } from "../module/module.js";
import { decisionsOf, type RawLog, refusalOf } from "../refusals/refusal-log.js";
import type { WasmKernel } from "./kernel.js";
import { systemCall } from "./system-call.js";
import type { TaskHost } from "./task-host.js";

const namespaceFlag: Readonly<Record<NamespaceKind, number>> = {
  user: CLONE.NEWUSER,
  mnt: CLONE.NEWNS,
};

/** Where a task is in its life. */
export interface TaskState {
  /** It has exited. */
  readonly ended: boolean;
  /** Its parent has taken its status, or it can no more. */
  readonly reaped: boolean;
  /** What its last call or operation answered. */
  readonly ret: number;
  /** The record of it, where it was saved; undefined while it still lies in the core. */
  readonly log: RawLog | undefined;
}

const EMPTY: RawLog = new Uint32Array();

/** A task of the model. */
export class WasmTask implements Task {
  readonly kernel: WasmKernel;
  readonly pid: number;
  readonly #host: TaskHost;
  readonly #parent: WasmTask | undefined;
  #ended = false;
  #reaped = false;
  #ret = 0;
  #log: RawLog | undefined = EMPTY;

  /** @internal Tasks are made by kernels and by {@link WasmTask.fork}. */
  constructor(kernel: WasmKernel, host: TaskHost, pid: number, parent: WasmTask | undefined) {
    this.kernel = kernel;
    this.pid = pid;
    this.#host = host;
    this.#parent = parent;
  }

  get closed(): boolean {
    return this.#ended || this.#host.machine.isClosed;
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const host = this.#host;
    if (host.caller !== this || this.#ended || host.machine.isUnavailable) this.#begin();
    this.#log = undefined;
    this.#ret = 0;
    const ret = systemCall(host.machine, this.pid, nr, args);
    this.#ret = ret;
    return ret;
  }

  /**
   * Forks.
   *
   * @throws BpfError if the kernel refuses (memory, or the number of tasks).
   */
  fork(): WasmTask {
    let child: WasmTask | undefined;
    try {
      const pid = this.operate((core, own) => {
        const made = core.kernel_fork(own);
        if (made >= 0) child = this.#host.adopt(new WasmTask(this.kernel, this.#host, made, this));
        return made;
      });
      if (child === undefined) throw new BpfError({ syscall: "fork" }, -pid, this.refusal());
      return child;
    } catch (error) {
      // A hook threw: nobody would know of the child.
      child?.close();
      throw error;
    }
  }

  exec(): number {
    return this.operate((core, pid) => core.kernel_exec(pid));
  }

  /**
   * Ends the task.
   *
   * @throws RangeError for the first task, which a kernel cannot lose: close the kernel.
   */
  exit(status = 0): void {
    if (this.#parent === undefined) {
      throw new RangeError("the first task cannot exit; close the kernel");
    }
    this.operate((core, pid) => {
      core.kernel_exit(pid, status);
      this.#ended = true;
      return 0;
    });
  }

  wait(child: Task): number {
    const other = this.#sibling(child, "child");
    return this.operate((core, pid) => {
      const status = core.kernel_wait(pid, other.pid);
      if (status >= 0) other.#reaped = true;
      return status;
    });
  }

  sendFd(fd: number, to: Task): number {
    const other = this.#sibling(to, "to");
    if (other.#ended) throw new UseAfterCloseError(`task ${other.pid}`);
    const ret = this.operate((core, pid) => core.kernel_send_fd(pid, fd, other.pid));
    // The receiver asks for the reason as well: the descriptor is its own.
    this.saveLog();
    other.#ret = ret;
    other.#log = this.#log;
    return ret;
  }

  openNamespace(kind: NamespaceKind, of: Task = this): number {
    const other = this.#sibling(of, "of");
    const flag = namespaceFlag[kind];
    if (flag === undefined) throw new TypeError(`no such kind of namespace: '${kind}' (user, mnt)`);
    return this.operate((core, pid) => core.kernel_open_ns(pid, other.pid, flag));
  }

  refusal(): Refusal | undefined {
    return refusalOf(this.#record(), this.#ret, this.kernel.release);
  }

  decisions(): readonly DecisionStep[] {
    return decisionsOf(this.#record(), this.kernel.release);
  }

  /** Ends the task if it still runs and reaps it; the first task closes its kernel. */
  close(): void {
    if (this.#host.machine.isClosed) return;
    if (this.#parent === undefined) {
      this.kernel.close();
      return;
    }
    if (!this.#ended) this.exit();
    if (this.#reaped) return;
    this.#reaped = true;
    const parent = this.#parent;
    const reaper = parent.#ended ? this.kernel.init : parent;
    this.#host.keepLog();
    this.#host.machine.run((core) => core.kernel_wait(reaper.pid, this.pid));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Keeps the record of the last call before another task's call replaces it. */
  saveLog(): void {
    this.#log ??= this.#host.readLog();
  }

  /** @internal For snapshots. */
  get state(): TaskState {
    return { ended: this.#ended, reaped: this.#reaped, ret: this.#ret, log: this.#log };
  }

  /** @internal For snapshots; undefined for a task that was not there then. */
  setState(state: TaskState | undefined): void {
    this.#ended = state?.ended ?? true;
    this.#reaped = state?.reaped ?? true;
    this.#ret = state?.ret ?? 0;
    this.#log = state === undefined ? EMPTY : state.log;
  }

  /** @internal An operation that is no system call; its record starts empty. */
  operate(work: (core: KernelExports, pid: number) => number): number {
    this.#begin();
    this.#host.clearLog();
    this.#log = undefined;
    this.#ret = 0;
    this.#ret = this.#host.machine.run((core) => work(core, this.pid));
    return this.#ret;
  }

  /** The slow part of the start of a call: another task called last, or something has ended. */
  #begin(): void {
    this.#host.machine.assertRunning();
    if (this.#ended) throw new UseAfterCloseError(`task ${this.pid}`);
    this.#host.takeTurn(this);
  }

  #record(): RawLog {
    this.#log ??= this.#host.readLog();
    return this.#log;
  }

  #sibling(task: Task, argument: string): WasmTask {
    if (task instanceof WasmTask && task.kernel === this.kernel) return task;
    throw new TypeError(`argument '${argument}' is not a task of this kernel`);
  }
}
