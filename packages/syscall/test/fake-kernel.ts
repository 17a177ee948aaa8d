// SPDX-License-Identifier: MIT
import type { SyscallArg } from "@bpf-token/uapi";
import { type FlatCall, flatten } from "../src/flatten.ts";
import type { DecisionStep, FdInfo, Kernel, KernelFeatures, Refusal, Task } from "../src/kernel.ts";

/** Answers one flattened call; may write into its segments. */
export type Answer = (call: FlatCall, task: FakeTask) => number;

/** A kernel whose answers the test defines. It records every call. */
export class FakeKernel implements Kernel {
  readonly backend = "fake";
  readonly release: string;
  readonly features: KernelFeatures = {
    refusals: true,
    sysctl: false,
    lsm: false,
    faults: false,
    verifier: false,
    fileLimits: true,
  };
  readonly init: FakeTask;
  readonly calls: { readonly pid: number; readonly call: FlatCall }[] = [];
  readonly answer: Answer;
  refused: Refusal | undefined;
  closed = false;
  pids = 1;

  constructor(answer: Answer, release = "6.18") {
    this.answer = answer;
    this.release = release;
    this.init = new FakeTask(this);
  }
  openFds(): readonly FdInfo[] {
    return [];
  }
  settle(): void {}
  readSysctl(): number {
    return 2;
  }
  writeSysctl(): number {
    return -1;
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
  closed = false;

  constructor(kernel: FakeKernel) {
    this.kernel = kernel;
    this.pid = kernel.pids++;
  }
  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    const call = flatten("fake", nr, args);
    this.kernel.calls.push({ pid: this.pid, call });
    return this.kernel.answer(call, this);
  }
  fork(): FakeTask {
    return new FakeTask(this.kernel);
  }
  exec(): number {
    return 0;
  }
  exit(): void {
    this.closed = true;
  }
  wait(): number {
    return 0;
  }
  sendFd(fd: number): number {
    return fd + 100;
  }
  openNamespace(): number {
    return 50;
  }
  refusal(): Refusal | undefined {
    return this.kernel.refused;
  }
  decisions(): readonly DecisionStep[] {
    return this.kernel.refused?.chain ?? [];
  }
  close(): void {
    this.closed = true;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
