// SPDX-License-Identifier: MIT
import { type ErrnoName, errnoName, type SyscallArg, syscallByNr } from "@bpf-token/uapi";
import type { FaultKind, LsmControl } from "./controls.js";
import { NotModelledError } from "./errors.js";
import type {
  DecisionStep,
  FdInfo,
  Kernel,
  KernelFeatures,
  NamespaceKind,
  Refusal,
  SysctlName,
  Task,
} from "./kernel.js";
import { noteWrapper } from "./same-kernel.js";
import type { Unexplained } from "./unexplained.js";

/** One system call or process operation, as {@link traced} reports it. */
export interface TraceEvent {
  /** Position among the events of all tasks of the kernel, from 0. */
  readonly index: number;
  /** Process id of the calling task. */
  readonly pid: number;
  /** Name of the system call, or of the operation: `fork`, `exec`, `exit`, `wait`, `sendFd`, … */
  readonly call: string;
  /** The arguments in order, abbreviated. */
  readonly args: readonly string[];
  /** The return value. */
  readonly ret: number;
  /** Name of the errno, if `ret` is negative. */
  readonly errno?: ErrnoName;
}

/** Receives each event after its call has returned. */
export type TraceSink = (event: TraceEvent) => void;

/**
 * Wraps a kernel of any backend so that `sink` receives an event for each call.
 *
 * Use only tasks of the wrapped kernel. Calls of the original kernel's tasks are not reported.
 *
 * @example
 * ```ts
 * const kernel = traced(createKernel(), ({ pid, call, ret }) => console.log(pid, call, ret));
 * ```
 */
export function traced(kernel: Kernel, sink: TraceSink): Kernel {
  return new TracedKernel(kernel, sink);
}

class TracedKernel implements Kernel {
  readonly init: Task;
  readonly #inner: Kernel;
  readonly #sink: TraceSink;
  #index = 0;

  constructor(inner: Kernel, sink: TraceSink) {
    this.#inner = inner;
    this.#sink = sink;
    noteWrapper(this, inner);
    this.init = new TracedTask(this, inner.init);
  }

  get backend(): string {
    return this.#inner.backend;
  }
  get release(): string {
    return this.#inner.release;
  }
  get features(): KernelFeatures {
    return this.#inner.features;
  }
  get btf(): Uint8Array | undefined {
    return this.#inner.btf;
  }
  get config(): string | undefined {
    return this.#inner.config;
  }
  get closed(): boolean {
    return this.#inner.closed;
  }

  report(pid: number, call: string, args: readonly string[], ret: number): number {
    const errno = ret < 0 ? errnoName(ret) : undefined;
    const event = { index: this.#index++, pid, call, args, ret };
    this.#sink(errno === undefined ? event : { ...event, errno });
    return ret;
  }

  openFds(task: Task): readonly FdInfo[] {
    return this.#inner.openFds(inner(task));
  }
  get lsm(): LsmControl | undefined {
    return this.#inner.lsm;
  }
  failNth(kind: FaultKind, n: number): number {
    if (this.#inner.failNth === undefined) throw new NotModelledError(this.backend, "faults");
    return this.#inner.failNth(kind, n);
  }
  settle(): void {
    this.#inner.settle();
  }
  readSysctl(name: SysctlName): number {
    return this.#inner.readSysctl(name);
  }
  writeSysctl(task: Task, name: SysctlName, value: number): number {
    const ret = this.#inner.writeSysctl(inner(task), name, value);
    return this.report(task.pid, "writeSysctl", [name, `${value}`], ret);
  }
  close(): void {
    this.#inner.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const innerOf: WeakMap<Task, Task> = new WeakMap();

function inner(task: Task): Task {
  return innerOf.get(task) ?? task;
}

class TracedTask implements Task {
  readonly kernel: TracedKernel;
  readonly #inner: Task;

  constructor(kernel: TracedKernel, task: Task) {
    this.kernel = kernel;
    this.#inner = task;
    innerOf.set(this, task);
  }

  get pid(): number {
    return this.#inner.pid;
  }
  get closed(): boolean {
    return this.#inner.closed;
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const ret = this.#inner.syscall(nr, ...args);
    const name = syscallByNr.get(nr)?.name ?? `syscall_${nr}`;
    return this.kernel.report(this.pid, name, args.map(renderArg), ret);
  }
  fork(): Task {
    const child = new TracedTask(this.kernel, this.#inner.fork());
    this.kernel.report(this.pid, "fork", [], child.pid);
    return child;
  }
  exec(): number {
    return this.kernel.report(this.pid, "exec", [], this.#inner.exec());
  }
  exit(status = 0): void {
    this.#inner.exit(status);
    this.kernel.report(this.pid, "exit", [`${status}`], 0);
  }
  wait(child: Task): number {
    return this.kernel.report(this.pid, "wait", [`${child.pid}`], this.#inner.wait(inner(child)));
  }
  sendFd(fd: number, to: Task): number {
    const ret = this.#inner.sendFd(fd, inner(to));
    return this.kernel.report(this.pid, "sendFd", [`${fd}`, `pid ${to.pid}`], ret);
  }
  openNamespace(kind: NamespaceKind, of: Task = this): number {
    const ret = this.#inner.openNamespace(kind, inner(of));
    return this.kernel.report(this.pid, "openNamespace", [kind, `pid ${of.pid}`], ret);
  }
  refusal(): Refusal | undefined {
    return this.#inner.refusal();
  }
  unexplained(): Unexplained | undefined {
    return this.#inner.unexplained?.();
  }
  decisions(): readonly DecisionStep[] {
    return this.#inner.decisions();
  }
  close(): void {
    this.#inner.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Formats an argument briefly: a string in quotes, memory as its size. */
function renderArg(arg: SyscallArg): string {
  if (arg === null) return "NULL";
  if (typeof arg === "string") return JSON.stringify(arg);
  if (typeof arg === "symbol") return "BAD_ADDRESS";
  if (typeof arg !== "object") return `${arg}`;
  const bytes = arg instanceof Uint8Array ? arg : arg.bytes;
  return `{${bytes.length} bytes}`;
}
