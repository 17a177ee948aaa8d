// SPDX-License-Identifier: GPL-2.0-only
import type {
  FdInfo,
  Kernel,
  KernelFeatures,
  Snapshot,
  SysctlName,
  Task,
} from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { SnapshotError } from "../errors.js";
import { FD_INFO_CLOEXEC, FD_INFO_PATH } from "../generated/abi.js";
import { imageOf, MemoryImage } from "../host/snapshot.js";
import { ownTask } from "../host/task.js";
import { type LsmHooks, LsmHost } from "../lsm/lsm.js";
import { BACKEND, type Machine } from "../module/machine.js";
import { remember } from "../module/memory-of.js";
import type { ModuleOrigin } from "../module/origin.js";
import {
  type FaultKind,
  faultNames,
  fdNames,
  indexOf,
  type LiveKind,
  liveKinds,
  sysctlNames,
} from "./names.js";
import { type TaskState, WasmTask } from "./task.js";
import { TaskHost } from "./task-host.js";

const features: KernelFeatures = {
  refusals: true,
  sysctl: true,
  lsm: true,
  faults: true,
  verifier: false,
  fileLimits: true,
};
/** Upstream source records no reasons and has the bugs of its release. Only the model's code around it has neither. */
const upstreamFeatures: KernelFeatures = { ...features, refusals: false, fileLimits: false };
/** Name of a backend whose module contains upstream source. */
const UPSTREAM = "upstream";

/**
 * A kernel: an instance of the core with its own memory. {@link createKernel} creates it.
 *
 * All methods are synchronous. Two kernels share no state.
 *
 * @example
 * ```ts
 * const kernel = createKernel();
 * const before = kernel.snapshot();
 * createMap(kernel.init, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 });
 * kernel.restore(before); // the map is gone
 * ```
 */
export class WasmKernel implements Kernel {
  /** `model`, or `upstream` if the module contains upstream source. */
  readonly backend: string;
  readonly release: KernelRelease;
  readonly features: KernelFeatures;
  /** The upstream source in the module; undefined for the model. */
  readonly origin: ModuleOrigin | undefined;
  readonly init: WasmTask;
  /** The security module, which answers in addition to the capability checks. */
  readonly lsm: LsmHooks;
  readonly #machine: Machine;
  readonly #host: TaskHost;
  readonly #hooks: LsmHost;

  /** @internal Use {@link createKernel}. */
  constructor(machine: Machine, release: KernelRelease, origin?: ModuleOrigin) {
    this.release = release;
    this.origin = origin;
    this.backend = origin === undefined ? BACKEND : UPSTREAM;
    this.features = origin === undefined ? features : upstreamFeatures;
    this.#machine = machine;
    this.#host = new TaskHost(machine);
    this.init = this.#host.adopt(new WasmTask(this, this.#host, 1, undefined));
    this.#hooks = new LsmHost(machine, release);
    this.lsm = this.#hooks;
    remember(this, machine);
  }

  get closed(): boolean {
    return this.#machine.closed;
  }

  openFds(task: Task): readonly FdInfo[] {
    const { pid } = ownTask(this, WasmTask, task);
    const machine = this.#machine;
    const open: FdInfo[] = [];
    const next = (from: number) => machine.run((core) => core.kernel_fd_next(pid, from));
    for (let fd = next(0); fd >= 0; fd = next(fd + 1)) {
      const flags = machine.out(1);
      open.push({
        fd,
        kind: fdNames[machine.out(0)] ?? "unknown",
        cloexec: (flags & FD_INFO_CLOEXEC) !== 0,
        path: (flags & FD_INFO_PATH) !== 0,
      });
    }
    return open;
  }

  /**
   * Runs all deferred work, for example freeing tokens and namespaces.
   *
   * @returns the number of work items that ran.
   */
  settle(): number {
    this.#host.keepLog();
    return this.#machine.run((core) => core.kernel_settle());
  }

  readSysctl(name: SysctlName): number {
    const id = indexOf("sysctl", sysctlNames, name);
    return this.#machine.run((core) => core.kernel_sysctl_read(id));
  }

  writeSysctl(task: Task, name: SysctlName, value: number): number {
    const id = indexOf("sysctl", sysctlNames, name);
    const own = ownTask(this, WasmTask, task);
    return own.operate((core, pid) => core.kernel_sysctl_write(pid, id, value));
  }

  /**
   * Counts the live objects by kind, for tests that look for leaks. Objects that await deferred
   * work count as live, so call {@link WasmKernel.settle} first.
   */
  live(): Readonly<Record<LiveKind, number>> {
    const count = (i: number) => this.#machine.run((core) => core.kernel_live(i)) >>> 0;
    return Object.fromEntries(liveKinds.map((kind, i) => [kind, count(i)])) as Record<
      LiveKind,
      number
    >;
  }

  /**
   * Makes the n-th next allocation fail, once; or the n-th next inode, file, file descriptor or
   * answer of the security module. A failed answer is EPERM; answers are counted over all hooks.
   *
   * @param n - 1 for the next request; 0 turns the fault off.
   * @returns how many requests were left until the previously set fault; 0 if it already fired.
   * @throws RangeError for an unknown kind, or if n is not an integer ≥ 0.
   * @example
   * ```ts
   * kernel.failNth("alloc", 1); // the next allocation fails, so the call answers ENOMEM
   * ```
   */
  failNth(kind: FaultKind, n: number): number {
    const index = indexOf("kind of fault", faultNames, kind);
    if (!Number.isInteger(n) || n < 0 || n > 0xffff_ffff) {
      throw new RangeError(`n must be an unsigned 32-bit integer, not ${n}`);
    }
    return this.#machine.run((core) => core.kernel_fail_nth(index, n)) >>> 0;
  }

  /** Copies the whole state of the kernel: one copy of the memory in use. */
  snapshot(): Snapshot {
    const end = this.#machine.run((core) => core.kernel_brk()) >>> 0;
    const tasks = this.#host.states();
    return new MemoryImage(this, this.#machine.bytes.slice(0, end), tasks);
  }

  /**
   * Restores the state of a snapshot, any number of times. Tasks that did not exist at the snapshot
   * are closed afterwards; all other tasks return to their state at the snapshot.
   *
   * @throws SnapshotError if the snapshot belongs to another kernel.
   */
  restore(snapshot: Snapshot): void {
    const image = imageOf<ReadonlyMap<WasmTask, TaskState>>(snapshot, this, SnapshotError);
    // The heap may have grown since the snapshot.
    const end = this.#machine.run((core) => core.kernel_brk()) >>> 0;
    this.#machine.write(image.memory, end);
    this.#host.restore(image.tasks);
    this.#hooks.refresh();
  }

  close(): void {
    this.#machine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
