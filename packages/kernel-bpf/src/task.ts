// SPDX-License-Identifier: GPL-2.0-only
import { assertNamespaceKind, assertNotFirst, ownTask } from "@bpf-token/kernel-wasm/host";
import {
  BpfError,
  type DecisionStep,
  type FdInfo,
  type NamespaceKind,
  type Refusal,
  type Task,
  type Unexplained,
  UseAfterCloseError,
} from "@bpf-token/syscall";
import type { SyscallArg } from "@bpf-token/uapi";
import { readFds } from "./fds.js";
import type { BpfKernel } from "./kernel.js";
import type { BpfExports, BpfMachine } from "./machine.js";
import { type InstructionCounts, readCounts, takeRecords } from "./observe.js";
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

/** @internal Which tasks of a kernel run, and how to add one. */
export interface TaskTable {
  readonly running: Set<BpfTask>;
  add(pid: number): BpfTask;
}

const DUP = 32;
/** Size of one record of the module in bytes. */
const RECORD = 16;

/**
 * A process of a {@link BpfKernel}, with its own credentials, file descriptors, root directory and
 * namespaces.
 *
 * @example
 * ```ts
 * const child = kernel.init.fork();
 * const ret = child.syscall(321, BpfCmd.MAP_CREATE, attr, attr.length);
 * child.close();
 * ```
 */
export class BpfTask implements Task {
  readonly kernel: BpfKernel;
  readonly pid: number;
  readonly #machine: BpfMachine;
  readonly #table: TaskTable;
  /** The task that has the same table of file descriptors. */
  readonly #shares: BpfTask | undefined;

  /** @internal */
  constructor(
    kernel: BpfKernel,
    machine: BpfMachine,
    pid: number,
    table: TaskTable,
    shares?: BpfTask,
  ) {
    this.kernel = kernel;
    this.pid = pid;
    this.#machine = machine;
    this.#table = table;
    this.#shares = shares;
  }

  get closed(): boolean {
    return this.#machine.closed || !this.#table.running.has(this);
  }

  syscall(nr: number, ...args: readonly SyscallArg[]): number {
    this.#run(() => 0);
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

  /**
   * Returns how often the instructions of a program ran. Undefined if it was loaded before
   * {@link BpfKernel.countInstructions}.
   *
   * @param fd - the file descriptor of the program.
   * @throws BpfError if the descriptor is not that of a program.
   * @example
   * ```ts
   * kernel.countInstructions(true); // before the load
   * const counts = kernel.init.instructionCounts(program.fd.fd);
   * ```
   */
  instructionCounts(fd: number): InstructionCounts | undefined {
    this.#run(() => 0);
    return readCounts(this.#machine, fd);
  }

  /**
   * Takes the records out of a ring buffer, as a process that maps it does. A record that a program
   * has reserved but not submitted ends them.
   *
   * @param fd - the file descriptor of the map.
   * @param size - its `max_entries`.
   * @throws BpfError if the descriptor is not that of a map; NotModelledError for a map that nobody
   *   can map.
   * @example
   * ```ts
   * for (const bytes of kernel.init.takeRecords(map.fd.fd, map.spec.maxEntries)) console.log(bytes);
   * ```
   */
  takeRecords(fd: number, size: number): Uint8Array[] {
    this.#run(() => 0);
    return takeRecords(this.#machine, fd, size);
  }

  /** @throws BpfError if the kernel refuses. */
  fork(): BpfTask {
    return this.#table.add(this.#forked(0));
  }

  /** @internal As clone(2) with CLONE_FILES: both tasks have one table of file descriptors. */
  forkWithFiles(create: (pid: number) => BpfTask): BpfTask {
    return create(this.#forked(1));
  }

  #forked(share: number): number {
    const pid = this.#run((kernel) => kernel.kernel_fork(share));
    if (pid < 0) throw new BpfError({ syscall: "fork" }, -pid);
    return pid;
  }

  showAs(pid: number): void {
    this.#run((kernel) => {
      kernel.kernel_show_pid?.(this.pid, pid);
      return 0;
    });
  }

  exec(): number {
    return this.#run((kernel) => kernel.kernel_exec());
  }

  /**
   * Ends the task.
   *
   * @throws RangeError for the first task, which no kernel can lose. Close the kernel instead.
   */
  exit(status = 0): void {
    assertNotFirst(this);
    this.#run((kernel) => {
      kernel.kernel_exit(status);
      return 0;
    });
    this.#table.running.delete(this);
  }

  wait(child: Task): number {
    const { pid } = this.#sibling(child);
    return this.#run((kernel) => kernel.kernel_wait(pid));
  }

  /** Duplicates the file descriptor if both tasks share one table of file descriptors. */
  sendFd(fd: number, to: Task): number {
    const other = this.#sibling(to);
    if (other.closed) throw new UseAfterCloseError(`task ${other.pid}`);
    if (other.#shares === this || this.#shares === other) return this.syscall(DUP, fd);
    return this.#run((kernel) => kernel.kernel_send_fd(fd, other.pid));
  }

  openNamespace(kind: NamespaceKind, of: Task = this): number {
    assertNamespaceKind(kind);
    const { pid } = this.#sibling(of);
    return this.#run((kernel) => kernel.kernel_open_namespace(pid, kind === "mnt" ? 1 : 0));
  }

  /** @internal Use {@link BpfKernel.openFds}. */
  openFds(): readonly FdInfo[] {
    const count = this.#run((kernel) => kernel.kernel_fds_read());
    if (count < 0) throw new UseAfterCloseError(`task ${this.pid}`);
    const at = this.#machine.run((kernel) => kernel.kernel_fds() >>> 0);
    return readFds(this.#machine.view, at, count);
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

  /** Ends the task and reaps it. For the first task it closes the kernel. */
  close(): void {
    if (this.#machine.isUnavailable) return;
    if (this.pid === 1) {
      this.kernel.close();
      return;
    }
    if (!this.closed) this.exit();
    this.#machine.run((kernel) => kernel.kernel_reap(this.pid));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Runs functions of the module with this task as the current one, and the deferred work. */
  #run(what: (kernel: BpfExports) => number): number {
    if (this.closed) throw new UseAfterCloseError(`task ${this.pid}`);
    return this.#machine.run((kernel) => {
      const ret = kernel.kernel_task(this.pid);
      if (ret < 0) return ret;
      const answer = what(kernel);
      kernel.kernel_settle();
      return answer;
    });
  }

  #sibling(task: Task): BpfTask {
    return ownTask(this.kernel, BpfTask, task);
  }
}
