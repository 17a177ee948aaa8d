// SPDX-License-Identifier: GPL-2.0-only
import { imageOf, MemoryImage, ownTask } from "@bpf-token/kernel-wasm/host";
import type {
  FdInfo,
  Kernel,
  KernelFeatures,
  Snapshot,
  SysctlName,
  Task,
} from "@bpf-token/syscall";
import { BpfModuleError } from "./errors.js";
import { enterOwnNamespaces, readNumber, sysctlPath, writeText } from "./files.js";
import { BACKEND, type BpfMachine, type MemoryCopy } from "./machine.js";
import { exported } from "./observe.js";
import { BpfTask, type TaskTable } from "./task.js";

const features: KernelFeatures = {
  refusals: false,
  sysctl: true,
  lsm: false,
  faults: false,
  verifier: true,
  fileLimits: false,
};

/** The whole state of a kernel at one moment. Only the kernel that created it can restore it. */
export type BpfSnapshot = Snapshot;

/** What a snapshot has. */
interface Saved {
  readonly copy: MemoryCopy;
  readonly tasks: readonly BpfTask[];
}

/** What a kernel booted with. */
interface Booted {
  readonly release: string;
  readonly btf: Uint8Array;
  readonly config: string;
}

/**
 * Linux's BPF subsystem in a module. {@link createBpfKernel} creates it.
 *
 * A call that needs what the module does not have throws
 * `NotModelledError` with the name of the function. After that, and after a trap, only
 * {@link BpfKernel.restore} and {@link BpfKernel.close} work.
 *
 * @example
 * ```ts
 * const kernel = createBpfKernel({ module, btf, release: "7.3" });
 * const before = kernel.snapshot();
 * const map = createMap(kernel.init, { type: "HASH", keySize: 4, valueSize: 8, maxEntries: 1 });
 * kernel.restore(before); // the map is gone
 * ```
 */
export class BpfKernel implements Kernel {
  /** `bpf:7.3`: the backend with the version of Linux. */
  readonly backend: string;
  /** The release of the source: `7.3.4`. */
  readonly release: string;
  readonly features: KernelFeatures = features;
  readonly init: BpfTask;
  /** The kernel's own BTF, for loaders: there is no /sys/kernel/btf/vmlinux. */
  readonly btf: Uint8Array;
  /** The kernel's configuration as text, for loaders; empty if unknown. */
  readonly config: string;
  readonly #machine: BpfMachine;
  readonly #table: TaskTable = {
    running: new Set(),
    add: (pid) => this.#add(pid),
  };

  /** @internal Use {@link createBpfKernel}. */
  constructor(machine: BpfMachine, { release, btf, config }: Booted) {
    this.release = release;
    this.backend = `${BACKEND}:${release.split(".", 2).join(".")}`;
    this.btf = btf;
    this.config = config;
    this.#machine = machine;
    this.init = this.#add(1);
  }

  #add(pid: number, shares?: BpfTask): BpfTask {
    const task = new BpfTask(this, this.#machine, pid, this.#table, shares);
    this.#table.running.add(task);
    return task;
  }

  get closed(): boolean {
    return this.#machine.closed;
  }

  /** The last lines of the kernel's log, oldest first. */
  get log(): readonly string[] {
    return this.#machine.log;
  }

  /**
   * Creates a child that is root in its own user and mount namespaces: clone(2) with CLONE_FILES,
   * setresgid(2), setresuid(2), unshare(2) and writes to its maps of ids. The child and `init` share
   * one table of file descriptors.
   *
   * @param uid - the user outside of the namespace. Default 1000.
   * @throws BpfError if the kernel refuses.
   */
  createChild(uid = 1000): BpfTask {
    const child = this.init.forkWithFiles((pid) => this.#add(pid, this.init));
    enterOwnNamespaces(child, uid);
    return child;
  }

  openFds(task: Task): readonly FdInfo[] {
    return ownTask(this, BpfTask, task).openFds();
  }

  settle(): void {
    this.#machine.run((kernel) => kernel.kernel_settle());
  }

  readSysctl(name: SysctlName): number {
    return readNumber(this.init, sysctlPath(name));
  }

  writeSysctl(task: Task, name: SysctlName, value: number): number {
    return writeText(task, sysctlPath(name), String(value));
  }

  /** Counts the live allocations, for tests that look for leaks. */
  live(): number {
    return this.#machine.run((kernel) => kernel.kernel_live());
  }

  /** Counts the warnings that the kernel printed since it booted (`WARN_ON`). */
  warnings(): number {
    return this.#machine.run((kernel) => kernel.kernel_warnings());
  }

  /**
   * Whether programs that are loaded from now on count which of their instructions run; they run
   * slower. See {@link BpfTask.instructionCounts}.
   *
   * @throws BpfModuleError for a module that an older version of this package built.
   */
  countInstructions(on: boolean): void {
    this.#machine.run((kernel) => exported(kernel, "kernel_coverage")(on ? 1 : 0));
  }

  /**
   * Chooses the sequence of random numbers of programs that are loaded later.
   *
   * @param seed - an unsigned 32-bit number.
   * @throws BpfModuleError for a module that an older version of this package built.
   */
  seedRandom(seed: number): void {
    this.#machine.run((kernel) => exported(kernel, "kernel_seed")(seed));
  }

  /**
   * Stops the clocks of the kernel at a time; `bpf_ktime_get_ns` returns it.
   *
   * @param nanoseconds - undefined lets them run again.
   */
  setClock(nanoseconds: bigint | undefined): void {
    this.#machine.clock = nanoseconds;
  }

  /** Copies the whole state of the kernel. */
  snapshot(): BpfSnapshot {
    const copy = this.#machine.copy();
    const saved: Saved = { copy, tasks: [...this.#table.running] };
    return new MemoryImage(this, copy.bytes, saved, copy.size);
  }

  /**
   * Restores the state of a snapshot, any number of times, also after a trap.
   *
   * @throws BpfModuleError if the snapshot belongs to another kernel.
   */
  restore(snapshot: BpfSnapshot): void {
    const { copy, tasks } = imageOf<Saved>(snapshot, this, BpfModuleError).tasks;
    this.#machine.restore(copy);
    this.#table.running.clear();
    for (const task of tasks) this.#table.running.add(task);
  }

  close(): void {
    this.#machine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
