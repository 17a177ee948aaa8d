// SPDX-License-Identifier: GPL-2.0-only
import {
  BpfError,
  type FdInfo,
  type Kernel,
  type KernelFeatures,
  NotModelledError,
  type SysctlName,
} from "@bpf-token/syscall";
import { BpfModuleError } from "./errors.js";
import { BACKEND, type BpfMachine } from "./machine.js";
import { BpfTask } from "./task.js";

const features: KernelFeatures = { refusals: false, sysctl: false, lsm: false, faults: false };

/** The whole state of a kernel at one moment. Only the kernel that created it can restore it. */
export interface BpfSnapshot {
  /** Size of the memory in bytes. */
  readonly size: number;
}

/** What a kernel booted with. */
interface Booted {
  readonly release: string;
  readonly btf: Uint8Array;
  readonly config: string;
  readonly unprivileged: number;
}

class MemoryImage implements BpfSnapshot {
  readonly owner: BpfKernel;
  readonly memory: Uint8Array;
  readonly hasChild: boolean;

  constructor(owner: BpfKernel, memory: Uint8Array, hasChild: boolean) {
    this.owner = owner;
    this.memory = memory;
    this.hasChild = hasChild;
  }

  get size(): number {
    return this.memory.length;
  }
}

/**
 * Linux's BPF subsystem in a module. {@link createBpfKernel} creates it.
 *
 * It has two tasks and no others. A call that needs what the module does not have throws
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
  readonly #unprivileged: number;
  #child: BpfTask | undefined;

  /** @internal Use {@link createBpfKernel}. */
  constructor(machine: BpfMachine, { release, btf, config, unprivileged }: Booted) {
    this.release = release;
    this.backend = `${BACKEND}:${release.split(".", 2).join(".")}`;
    this.btf = btf;
    this.config = config;
    this.#machine = machine;
    this.#unprivileged = unprivileged;
    this.init = new BpfTask(this, machine, 1);
  }

  get closed(): boolean {
    return this.#machine.closed;
  }

  /** The last lines of the kernel's log, oldest first. */
  get log(): readonly string[] {
    return this.#machine.log;
  }

  /**
   * Creates the child, as fork(2), unshare(2) with CLONE_NEWUSER and CLONE_NEWNS, and writes to its
   * uid_map and gid_map do. It is root in its namespace.
   *
   * @param uid - the user outside of the namespace. Default 1000.
   * @throws NotModelledError for a second child; BpfError if the kernel refuses.
   */
  createChild(uid = 1000): BpfTask {
    if (this.#child !== undefined) throw new NotModelledError(BACKEND, "a second child");
    const ret = this.#machine.run((kernel) => kernel.kernel_unshare(uid, 0, uid, 1));
    if (ret < 0) throw new BpfError({ syscall: "unshare" }, -ret);
    this.#child = new BpfTask(this, this.#machine, 2);
    return this.#child;
  }

  /** @throws NotModelledError */
  openFds(): readonly FdInfo[] {
    throw new NotModelledError(BACKEND, "openFds");
  }

  settle(): void {
    this.#machine.run((kernel) => kernel.kernel_settle());
  }

  readSysctl(name: SysctlName): number {
    if (name !== "kernel.unprivileged_bpf_disabled") throw new NotModelledError(BACKEND, name);
    return this.#unprivileged;
  }

  /** @throws NotModelledError */
  writeSysctl(): never {
    throw new NotModelledError(BACKEND, "sysctl");
  }

  /** Counts the live allocations, for tests that look for leaks. */
  live(): number {
    return this.#machine.run((kernel) => kernel.kernel_live());
  }

  /** Counts the warnings that the kernel printed since it booted (`WARN_ON`). */
  warnings(): number {
    return this.#machine.run((kernel) => kernel.kernel_warnings());
  }

  /** Copies the whole state of the kernel. */
  snapshot(): BpfSnapshot {
    const memory = this.#machine.run(() => this.#machine.bytes.slice());
    return new MemoryImage(this, memory, this.#child !== undefined);
  }

  /**
   * Restores the state of a snapshot, any number of times, also after a trap.
   *
   * @throws BpfModuleError if the snapshot belongs to another kernel.
   */
  restore(snapshot: BpfSnapshot): void {
    if (!(snapshot instanceof MemoryImage) || snapshot.owner !== this)
      throw new BpfModuleError("the snapshot belongs to another kernel");
    this.#machine.restore(snapshot.memory);
    if (!snapshot.hasChild) {
      this.#child?.close();
      this.#child = undefined;
    }
  }

  close(): void {
    this.#machine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
