// SPDX-License-Identifier: MIT
import {
  type DecisionStep,
  type FaultKind,
  type FdInfo,
  type Kernel,
  type KernelFeatures,
  type LsmControl,
  NotModelledError,
  type Refusal,
  type Task,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import { Errno, type SyscallArg, syscallByNr } from "@bpf-token/uapi";

/** One recorded call. */
export interface FakeCall {
  readonly pid: number;
  readonly name: string;
  readonly args: readonly SyscallArg[];
}

/** Answers one call; undefined selects the default answer of the fake. */
export type Answerer = (call: FakeCall, task: FakeTask) => number | undefined;

export interface FakeOptions {
  readonly backend?: string;
  readonly release?: string;
  readonly features?: Partial<KernelFeatures>;
  readonly sysctl?: number;
  /** The text of each readable file, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly answer?: Answerer;
  readonly firstPid?: number;
}

/**
 * A kernel with fixed answers. File descriptors are the lowest free numbers, files have texts, and every
 * other call returns 0 unless the test sets another answer.
 */
export class FakeKernel implements Kernel {
  readonly backend: string;
  readonly release: string;
  readonly features: KernelFeatures;
  readonly init: FakeTask;
  readonly calls: FakeCall[] = [];
  readonly tasks: FakeTask[] = [];
  readonly options: FakeOptions;
  sysctl: number;
  settled = 0;
  closed = false;
  /** The settings of hooks and faults, in order. */
  readonly turned: string[] = [];
  readonly lsm?: LsmControl;
  readonly failNth?: (kind: FaultKind, n: number) => number;
  #nextPid: number;

  constructor(options: FakeOptions = {}) {
    this.options = options;
    this.backend = options.backend ?? "fake";
    this.release = options.release ?? "6.18";
    this.features = {
      refusals: false,
      sysctl: false,
      lsm: false,
      faults: false,
      verifier: false,
      fileLimits: false,
      ...options.features,
    };
    if (this.features.lsm) {
      this.lsm = { answer: (hook, answer) => this.turned.push(`${hook} ${answer}`) };
    }
    if (this.features.faults) this.failNth = (kind, n) => this.turned.push(`${kind} ${n}`) * 0;
    this.sysctl = options.sysctl ?? 2;
    this.#nextPid = options.firstPid ?? 1;
    this.init = this.make(new Set([0, 1, 2]));
  }

  make(fds: ReadonlySet<number>): FakeTask {
    const task = new FakeTask(this, this.#nextPid++, new Set(fds));
    this.tasks.push(task);
    return task;
  }

  /** Returns the arguments of the calls of one name. */
  callsOf(name: string): readonly (readonly SyscallArg[])[] {
    return this.calls.filter((call) => call.name === name).map((call) => call.args);
  }

  /** The running tasks, except init. */
  left(): readonly FakeTask[] {
    return this.tasks.filter((task) => task !== this.init && !task.closed);
  }

  openFds(task: Task): readonly FdInfo[] {
    const fds = [...(task as FakeTask).fds];
    return fds.map((fd) => ({ fd, kind: "unknown", cloexec: false, path: false }));
  }
  settle(): void {
    this.settled++;
  }
  readSysctl(): number {
    return this.sysctl;
  }
  writeSysctl(_task: Task, name: string, value: number): number {
    if (!this.features.sysctl) throw new NotModelledError(this.backend, `writing ${name}`);
    this.sysctl = value;
    return 0;
  }
  close(): void {
    this.closed = true;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

export class FakeTask implements Task {
  readonly kernel: FakeKernel;
  readonly pid: number;
  readonly fds: Set<number>;
  closed = false;
  status = 0;
  refused: Refusal | undefined;
  made: readonly DecisionStep[] = [];
  readonly #texts = new Map<number, Uint8Array>();

  constructor(kernel: FakeKernel, pid: number, fds: Set<number>) {
    this.kernel = kernel;
    this.pid = pid;
    this.fds = fds;
  }

  newFd(): number {
    let fd = 0;
    while (this.fds.has(fd)) fd++;
    this.fds.add(fd);
    return fd;
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    if (this.closed) throw new UseAfterCloseError(`task ${this.pid}`);
    const entry = syscallByNr.get(nr);
    if (entry === undefined) throw new NotModelledError(this.kernel.backend, `syscall ${nr}`);
    const call = { pid: this.pid, name: entry.name, args };
    this.kernel.calls.push(call);
    this.refused = undefined;
    this.made = [];
    const given = this.kernel.options.answer?.(call, this);
    return given ?? this.#own(entry.name, entry.returns === "fd", args);
  }

  #own(name: string, fd: boolean, args: readonly SyscallArg[]): number {
    if (name === "close") return this.fds.delete(Number(args[0])) ? 0 : -Errno.EBADF;
    if (name === "openat" && typeof args[1] === "string" && args[1].startsWith("/")) {
      const text = this.kernel.options.files?.[args[1]];
      if (text === undefined && (Number(args[2]) & 3) === 0) return -Errno.ENOENT;
      const made = this.newFd();
      this.#texts.set(made, new TextEncoder().encode(text ?? ""));
      return made;
    }
    if (name === "read") return this.#read(Number(args[0]), args[1] as Uint8Array);
    if (name === "write") return Number(args[2]);
    return fd || name === "dup" ? this.newFd() : 0;
  }

  #read(fd: number, buffer: Uint8Array): number {
    const text = this.#texts.get(fd) ?? new Uint8Array();
    const piece = text.subarray(0, buffer.length);
    buffer.set(piece);
    this.#texts.set(fd, text.subarray(piece.length));
    return piece.length;
  }

  fork(): FakeTask {
    return this.kernel.make(this.fds);
  }
  exec(): number {
    return 0;
  }
  exit(status = 0): void {
    this.status = status;
    this.close();
  }
  wait(child: Task): number {
    return child.closed ? (child as FakeTask).status : -Errno.ECHILD;
  }
  sendFd(fd: number, to: Task): number {
    return this.fds.has(fd) ? (to as FakeTask).newFd() : -Errno.EBADF;
  }
  openNamespace(): number {
    return this.newFd();
  }
  refusal(): Refusal | undefined {
    return this.refused;
  }
  decisions(): readonly DecisionStep[] {
    return this.made;
  }
  close(): void {
    this.closed = true;
    this.fds.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
