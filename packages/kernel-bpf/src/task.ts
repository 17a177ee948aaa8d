// SPDX-License-Identifier: GPL-2.0-only
import {
  type DecisionStep,
  NotModelledError,
  type Refusal,
  type Task,
  type Unexplained,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import type { BpfKernel } from "./kernel.js";
import { BACKEND, type BpfMachine } from "./machine.js";
import { systemCall } from "./system-call.js";

/** One answer of the kernel's capability check. */
export interface CapabilityAsked {
  /** The number of the capability. */
  readonly capability: number;
  /** Whether the task has it. */
  readonly granted: boolean;
  /** The level of the user namespace; 0 is the initial one. */
  readonly level: number;
}

const DUP = 32;
/** Size of one record of the module in bytes. */
const RECORD = 16;

/**
 * One of the two tasks of a {@link BpfKernel}: `init`, or the child in its own user namespace. Both
 * share one table of file descriptors.
 *
 * @example
 * ```ts
 * const ret = kernel.init.syscall(321, BpfCmd.MAP_CREATE, attr, attr.length);
 * ```
 */
export class BpfTask implements Task {
  readonly kernel: BpfKernel;
  readonly pid: number;
  readonly #machine: BpfMachine;
  #closed = false;

  /** @internal */
  constructor(kernel: BpfKernel, machine: BpfMachine, pid: number) {
    this.kernel = kernel;
    this.pid = pid;
    this.#machine = machine;
  }

  get closed(): boolean {
    return this.#closed || this.#machine.closed;
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    if (this.closed) throw new UseAfterCloseError(`task ${this.pid}`);
    this.#machine.run((kernel) => kernel.kernel_task(this.pid - 1));
    return systemCall(this.#machine, nr, args);
  }

  /** Returns which capabilities the kernel checked during the last call, in order. */
  capabilitiesAsked(): readonly CapabilityAsked[] {
    return this.#machine.run((kernel) => {
      const first = kernel.kernel_asked() >>> 0;
      const { view } = this.#machine;
      return Array.from({ length: kernel.kernel_asked_count() }, (_, i) => {
        const at = first + RECORD * i;
        return {
          capability: view.getInt32(at, true),
          granted: view.getInt32(at + 4, true) === 0,
          level: view.getUint32(at + 8, true),
        };
      });
    });
  }

  /** @throws NotModelledError: the module has two tasks. {@link BpfKernel.createChild} has the other. */
  fork(): never {
    throw new NotModelledError(BACKEND, "fork");
  }

  /** @throws NotModelledError */
  exec(): never {
    throw new NotModelledError(BACKEND, "exec");
  }

  /** @throws NotModelledError */
  exit(): never {
    throw new NotModelledError(BACKEND, "exit");
  }

  /** @throws NotModelledError */
  wait(): never {
    throw new NotModelledError(BACKEND, "wait");
  }

  /** Duplicates the file descriptor, because the tasks share one table of file descriptors. */
  sendFd(fd: number, to: Task): number {
    if (!(to instanceof BpfTask) || to.kernel !== this.kernel)
      throw new TypeError("the task belongs to another kernel");
    return this.syscall(DUP, fd);
  }

  /** @throws NotModelledError */
  openNamespace(): never {
    throw new NotModelledError(BACKEND, "openNamespace");
  }

  /** Returns undefined: Linux gives no reasons. */
  refusal(): Refusal | undefined {
    return undefined;
  }

  unexplained(): Unexplained {
    return { reason: "Linux's own code records no reasons" };
  }

  decisions(): readonly DecisionStep[] {
    return [];
  }

  close(): void {
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
