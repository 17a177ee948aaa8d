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
import { assertNamespaceKind, assertNotFirst, ownTask } from "../host/task.js";
import type { KernelExports } from "../module/module.js";
import { decisionsOf, type RawLog, refusalOf } from "../refusals/refusal-log.js";
import type { WasmKernel } from "./kernel.js";
import { systemCall } from "./system-call.js";
import type { TaskHost } from "./task-host.js";

const namespaceFlag: Readonly<Record<NamespaceKind, number>> = {
  user: CLONE.NEWUSER,
  mnt: CLONE.NEWNS,
};

/** The lifecycle state of a task. */
export interface TaskState {
  /** Whether the task has exited. */
  readonly ended: boolean;
  /** Whether its parent has reaped it, or can no longer do so. */
  readonly reaped: boolean;
  /** Return value of its last call or operation. */
  readonly ret: number;
  /** The saved decision log of that call; undefined while the log is still in the core. */
  readonly log: RawLog | undefined;
}

const EMPTY: RawLog = new Uint32Array();

/**
 * A task of the model. See `Task` in `@bpf-token/syscall` for its methods.
 *
 * @example
 * ```ts
 * const child = kernel.init.fork();
 * console.log(child.syscall(39)); // getpid
 * child.close();
 * ```
 */
export class WasmTask implements Task {
  readonly kernel: WasmKernel;
  readonly pid: number;
  readonly #host: TaskHost;
  readonly #parent: WasmTask | undefined;
  #ended = false;
  #reaped = false;
  #ret = 0;
  #log: RawLog | undefined = EMPTY;

  /**
   * @internal {@link createKernel} and {@link WasmTask.fork} create tasks.
   */
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
   * @returns the child.
   * @throws BpfError if the kernel refuses: out of memory, or too many tasks.
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
      // A hook threw, so the caller never receives the child.
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
   * @throws RangeError for the first task, which no kernel can lose. Close the kernel instead.
   */
  exit(status = 0): void {
    assertNotFirst(this);
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
    // The receiver can also query the reason, because the file descriptor is installed in it.
    this.saveLog();
    other.#ret = ret;
    other.#log = this.#log;
    return ret;
  }

  openNamespace(kind: NamespaceKind, of: Task = this): number {
    const other = this.#sibling(of, "of");
    assertNamespaceKind(kind);
    const flag = namespaceFlag[kind];
    return this.operate((core, pid) => core.kernel_open_ns(pid, other.pid, flag));
  }

  refusal(): Refusal | undefined {
    return refusalOf(this.#record(), this.#ret, this.kernel.release);
  }

  decisions(): readonly DecisionStep[] {
    return decisionsOf(this.#record(), this.kernel.release);
  }

  /** Ends the task if it still runs and reaps it. For the first task it closes the kernel. */
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

  /**
   * @internal Saves the log of the last call before another task's call overwrites it.
   */
  saveLog(): void {
    this.#log ??= this.#host.readLog();
  }

  /**
   * @internal The state, for snapshots.
   */
  get state(): TaskState {
    return { ended: this.#ended, reaped: this.#reaped, ret: this.#ret, log: this.#log };
  }

  /**
   * @internal Restores the state of a snapshot; undefined if the task did not exist then.
   */
  setState(state: TaskState | undefined): void {
    this.#ended = state?.ended ?? true;
    this.#reaped = state?.reaped ?? true;
    this.#ret = state?.ret ?? 0;
    this.#log = state === undefined ? EMPTY : state.log;
  }

  /**
   * @internal Runs an operation that is not a system call. Its log starts empty.
   */
  operate(work: (core: KernelExports, pid: number) => number): number {
    this.#begin();
    this.#host.clearLog();
    this.#log = undefined;
    this.#ret = 0;
    this.#ret = this.#host.machine.run((core) => work(core, this.pid));
    return this.#ret;
  }

  /**
   * The slow path at the start of a call: another task made the last call, or something has ended.
   */
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
    return ownTask(this.kernel, WasmTask, task, `argument '${argument}'`);
  }
}
