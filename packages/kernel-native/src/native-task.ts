// SPDX-License-Identifier: MIT
import {
  type DecisionStep,
  type FlatCall,
  flatten,
  KernelLostError,
  type NamespaceKind,
  type Refusal,
  refused,
  type Task,
  type Unexplained,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import type { Reply, Request } from "./connection.js";
import { Op, Status } from "./generated/protocol.js";
import type { Action, RecordedCall } from "./inference/recorder.js";
import { callSize, readBack, writeCall } from "./marshal.js";
import type { NativeKernel } from "./native-kernel.js";
import { problemOf } from "./problem.js";

/** A request to a task, with its name for messages. */
interface TaskRequest extends Omit<Request, "pid" | "deadlineMs"> {
  readonly name: string;
  readonly size?: number;
  readonly write?: (to: Buffer, at: number) => void;
}

/**
 * @internal The executor's numbers of namespace kinds.
 */
export const namespaceNumber: Readonly<Record<NamespaceKind, number>> = { user: 0, mnt: 1 };

const noModel =
  "a real kernel gives no reasons, and it was opened without a model that infers them";

/**
 * A process of a real kernel that makes calls for the caller. {@link NativeKernel.init} is the
 * first one.
 *
 * @example
 * ```ts
 * const task = kernel.init.fork();
 * console.log(task.syscall(39)); // getpid
 * task.close();
 * ```
 */
export class NativeTask implements Task {
  readonly kernel: NativeKernel;
  readonly pid: number;
  readonly #parent: NativeTask | undefined;
  /** `exited`: a zombie until its parent waits for it or {@link NativeTask.close} is called. */
  #state: "running" | "exited" | "lost" | "reaped" = "running";
  #reason = "";
  /** Return value of its last call or operation. */
  #ret = 0;

  /**
   * @internal {@link NativeKernel.init} and {@link NativeTask.fork} create tasks.
   */
  constructor(kernel: NativeKernel, pid: number, parent?: NativeTask) {
    this.kernel = kernel;
    this.pid = pid;
    this.#parent = parent;
  }

  get closed(): boolean {
    return this.#state !== "running" || this.kernel.closed || this.kernel.lost !== undefined;
  }

  /**
   * Makes one system call on the kernel.
   *
   * @returns the kernel's return value: ≥ 0, or `-errno`. mmap returns 0, because the executor
   *   unmaps at once.
   * @throws SafetyError for a call that could harm the host; KernelLostError if the call exceeded
   *   its deadline, or the process or the executor died during the call.
   */
  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const call = flatten(this.kernel.backend, nr, args);
    const size = callSize(call);
    const write = (to: Buffer, at: number): void => writeCall(call, to, at);
    const kept = this.kernel.inference?.copyCall(call);
    const reply = this.#ask({ name: call.entry.name, op: Op.SYSCALL, size, write });
    return this.#recordCall(call, kept, reply);
  }

  /**
   * Forks.
   *
   * @throws SafetyError if there are 64 tasks already; BpfError if the kernel refuses.
   */
  fork(): NativeTask {
    const ret = this.#recordOperation({ op: "fork" }, this.#ask({ name: "fork", op: Op.FORK }));
    if (ret < 0) throw refused(this, { syscall: "fork" }, -ret);
    return this.kernel.adopt(new NativeTask(this.kernel, ret, this));
  }

  exec(): number {
    return this.#recordOperation({ op: "exec" }, this.#ask({ name: "exec", op: Op.EXEC }));
  }

  exit(status = 0): void {
    this.#recordOperation(
      { op: "exit", status },
      this.#ask({ name: "exit", op: Op.EXIT, a: status }),
    );
    this.#state = "exited";
  }

  wait(child: Task): number {
    const other = this.#sibling(child);
    const reply = this.#ask({ name: "wait", op: Op.WAIT, a: other.pid });
    const ret = this.#recordOperation({ op: "wait", child: other.pid }, reply);
    if (ret >= 0) other.#setReaped();
    return ret;
  }

  sendFd(fd: number, to: Task): number {
    const other = this.#sibling(to);
    other.assertRunning();
    const reply = this.#ask({ name: "sendFd", op: Op.SENDFD, a: fd, b: other.pid });
    return this.#recordOperation({ op: "sendFd", fd, to: other.pid }, reply);
  }

  openNamespace(kind: NamespaceKind, of: Task = this): number {
    const a = this.#sibling(of).pid;
    const reply = this.#ask({ name: "openNamespace", op: Op.OPENNS, a, b: namespaceNumber[kind] });
    return this.#recordOperation({ op: "openNamespace", kind, of: a }, reply);
  }

  /**
   * @internal Flattens a call of this task for a batch.
   */
  prepare(nr: number, args: readonly SyscallArg[]): FlatCall {
    this.assertRunning();
    return flatten(this.kernel.backend, nr, args);
  }

  /**
   * @internal Returns the kernel's return value, or the error that a single call would have thrown.
   */
  conclude(call: FlatCall, kept: RecordedCall | undefined, reply: Reply): number | Error {
    if (reply.status !== Status.OK) return this.problem(reply, call.entry.name);
    return this.#recordCall(call, kept, reply);
  }

  /**
   * @internal The executor's list of open file descriptors.
   */
  listFds(): Buffer {
    return this.#ask({ name: "openFds", op: Op.FDS }).payload;
  }

  /**
   * Returns why the kernel refused the last call. A real kernel gives no reasons, so they are
   * inferred on the model; undefined without a model.
   */
  refusal(): Refusal | undefined {
    return this.kernel.inference?.explain(this.pid).refusal;
  }

  unexplained(): Unexplained | undefined {
    const { inference } = this.kernel;
    if (inference !== undefined) return inference.explain(this.pid).unexplained;
    return this.#ret < 0 ? { reason: noModel } : undefined;
  }

  /**
   * Returns an empty list. The model's decisions are in {@link Refusal.chain} of {@link
   * NativeTask.refusal}.
   */
  decisions(): readonly DecisionStep[] {
    return [];
  }

  /**
   * @internal Marks the process as lost.
   */
  lose(reason: string): void {
    if (this.#state !== "running") return;
    this.#state = "lost";
    this.#reason = reason;
    this.#recordClose();
  }

  /**
   * Kills the process with SIGKILL if it still runs, and reaps it. Further calls have no effect.
   */
  close(): void {
    const state = this.#state;
    if (state === "reaped") return;
    this.#setReaped();
    if (this.kernel.closed || this.kernel.lost !== undefined) return;
    this.#recordClose();
    try {
      if (state === "running") this.kernel.ask({ op: Op.KILL, pid: this.pid });
      // The executor reaps only processes without another parent.
      const parent = this.#parent;
      if (parent === undefined || parent.#state !== "running") return;
      parent.#ask({ name: "wait", op: Op.WAIT, a: this.pid });
    } catch (error) {
      // The executor died, and the process with it.
      if (!(error instanceof KernelLostError)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Records a call that the kernel has answered. */
  #recordCall(call: FlatCall, kept: RecordedCall | undefined, reply: Reply): number {
    readBack(call, reply.payload);
    this.#ret = reply.ret;
    this.kernel.inference?.record.recordCall(this.pid, call, kept, reply.ret);
    return reply.ret;
  }

  /** Records an operation that the kernel has answered. */
  #recordOperation(action: Action, { ret }: Reply): number {
    this.#ret = ret;
    this.kernel.inference?.recordOperation({ ...action, pid: this.pid, ret });
    return ret;
  }

  /** Records the end of the process. The end of the first task ends the kernel. */
  #recordClose(): void {
    if (this.#parent !== undefined)
      this.kernel.inference?.recordOperation({ op: "close", pid: this.pid, ret: 0 });
  }

  #setReaped(): void {
    this.#state = "reaped";
    this.kernel.forget(this);
  }

  /** @internal */
  assertRunning(): void {
    this.kernel.assertRunning();
    if (this.#state === "lost") throw new KernelLostError(this.#reason);
    if (this.#state !== "running") throw new UseAfterCloseError(`task ${this.pid}`);
  }

  #sibling(task: Task): NativeTask {
    if (task instanceof NativeTask && task.kernel === this.kernel) return task;
    throw new TypeError(`task ${task.pid} belongs to another kernel`);
  }

  #ask(errand: TaskRequest): Reply {
    this.assertRunning();
    const reply = this.kernel.ask({ ...errand, pid: this.pid }, errand.size, errand.write);
    if (reply.status === Status.OK) return reply;
    throw this.problem(reply, errand.name);
  }

  /**
   * @internal Converts a failure that is not the kernel's answer into an error.
   */
  problem(reply: Reply, name: string): Error {
    return problemOf(this.kernel, reply, this.pid, name);
  }
}
