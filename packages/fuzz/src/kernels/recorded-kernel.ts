// SPDX-License-Identifier: MIT
import {
  copyBack,
  type FdInfo,
  type FlatArg,
  type FlatCall,
  flatten,
  type Kernel,
  type KernelFeatures,
  NotModelledError,
  refused,
  type SequenceStep,
  type StepAnswer,
  type Task,
} from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";

/** The backend and release of a kernel. */
export type KernelIdentity = Pick<Kernel, "backend" | "release">;

/**
 * A kernel that replays the recorded answers of another one, step by step. It produces the trace of a
 * scenario with the same steps without running it again.
 */
export class RecordedKernel implements Kernel {
  readonly backend: string;
  readonly release: string;
  readonly features: KernelFeatures = {
    refusals: false,
    sysctl: false,
    lsm: false,
    faults: false,
    verifier: false,
    fileLimits: false,
  };
  readonly init: Task = new RecordedTask(this, 0);
  closed = false;
  readonly #steps: readonly SequenceStep[];
  readonly #answers: readonly StepAnswer[];
  #at = 0;
  #begun = false;

  constructor(
    { backend, release }: KernelIdentity,
    steps: readonly SequenceStep[],
    answers: readonly StepAnswer[],
  ) {
    this.backend = backend;
    this.release = release;
    this.#steps = steps;
    this.#answers = answers;
  }

  /** Returns the next step and its answer. */
  next(): { readonly step: SequenceStep | undefined; readonly answer: StepAnswer } {
    const answer = this.#answers[this.#at];
    if (answer === undefined)
      throw new NotModelledError(this.backend, "a step that was not recorded");
    const step = this.#steps[this.#at++];
    if (answer.error !== undefined) throw answer.error;
    return { step, answer };
  }

  /** Whether the call is the fork before the first step of the sequence. */
  begins(): boolean {
    const first = !this.#begun;
    this.#begun = true;
    return first;
  }

  openFds(): readonly FdInfo[] {
    throw new NotModelledError(this.backend, "reading the file descriptors afterwards");
  }

  settle(): void {
    if (this.#steps[this.#at]?.op === "settle") this.next();
  }

  readSysctl(): number {
    throw new NotModelledError(this.backend, "sysctls");
  }

  writeSysctl(): number {
    throw new NotModelledError(this.backend, "sysctls");
  }

  close(): void {
    this.closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

class RecordedTask implements Task {
  readonly kernel: RecordedKernel;
  readonly pid: number;
  closed = false;

  constructor(kernel: RecordedKernel, pid: number) {
    this.kernel = kernel;
    this.pid = pid;
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const call = flatten(this.kernel.backend, nr, args);
    const { step, answer } = this.kernel.next();
    if (step?.op === "call") copyMemory(call, step.call, answer.memory);
    return answer.ret;
  }

  fork(): Task {
    if (this.kernel.begins()) return new RecordedTask(this.kernel, 0);
    const { ret } = this.kernel.next().answer;
    if (ret < 0) throw refused(this, { syscall: "fork" }, -ret);
    return new RecordedTask(this.kernel, ret);
  }

  exec(): number {
    return this.kernel.next().answer.ret;
  }

  exit(): void {
    this.kernel.next();
    this.closed = true;
  }

  wait(): number {
    return this.kernel.next().answer.ret;
  }

  sendFd(): number {
    return this.kernel.next().answer.ret;
  }

  openNamespace(): number {
    return this.kernel.next().answer.ret;
  }

  refusal(): undefined {}

  decisions(): readonly [] {
    return [];
  }

  close(): void {
    this.closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Copies the written bytes to the memory of the scenario's call. Both calls have the same pointers, but
 * the scenario has a separate copy of memory that two pointers share.
 */
function copyMemory(to: FlatCall, from: FlatCall, memory: Uint8Array): void {
  const starts: number[] = [];
  let end = 0;
  for (const { bytes } of from.segments) {
    starts.push(end);
    end += bytes.length;
  }
  const done = new Set<number>();
  const pair = (a: FlatArg | undefined, b: FlatArg | undefined): void => {
    if (a?.kind !== "seg" || b?.kind !== "seg" || done.has(a.segment)) return;
    done.add(a.segment);
    copyBack(to, a.segment, memory, starts[b.segment]);
    for (const { segment, offset, to: inner } of to.fixups) {
      if (segment !== a.segment) continue;
      const other = from.fixups.find((f) => f.segment === b.segment && f.offset === offset);
      pair(inner, other?.to);
    }
  };
  to.args.forEach((arg, i) => {
    pair(arg, from.args[i]);
  });
}
