// SPDX-License-Identifier: GPL-2.0-only
import type { FdInfo, Kernel, KernelFeatures, SysctlName, Task } from "@bpf-token/syscall";
import type { KernelRelease } from "@bpf-token/uapi";
import { SnapshotError } from "../errors.js";
import { FD_INFO_CLOEXEC, FD_INFO_PATH } from "../generated/abi.js";
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
import { MemoryImage, type Snapshot } from "./snapshot.js";
import { WasmTask } from "./task.js";
import { TaskHost } from "./task-host.js";

const features: KernelFeatures = { refusals: true, sysctl: true, lsm: true, faults: true };
/** The kernel's own text does not say why it refuses; what is ours around it still does. */
const upstreamFeatures: KernelFeatures = { ...features, refusals: false };
/** The name of a backend that has the kernel's own text in it. */
const UPSTREAM = "upstream";

/**
 * A kernel: an instance of the core with a memory of its own. Made by {@link createKernel}.
 *
 * Everything is synchronous. Two kernels share nothing.
 */
export class WasmKernel implements Kernel {
  /** `model`, or `upstream` with the kernel's own text in it. */
  readonly backend: string;
  readonly release: KernelRelease;
  readonly features: KernelFeatures;
  /** Which text of the kernel's own is in it; undefined for the model. */
  readonly origin: ModuleOrigin | undefined;
  readonly init: WasmTask;
  /** The security module that is not its capabilities. */
  readonly lsm: LsmHooks;
  readonly #machine: Machine;
  readonly #host: TaskHost;
  readonly #hooks: LsmHost;
  #closed = false;

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
    return this.#closed;
  }

  openFds(task: Task): readonly FdInfo[] {
    const { pid } = this.#own(task);
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
   * Runs deferred work: freeing of tokens, namespaces and the like.
   *
   * @returns how many items were run.
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
    return this.#own(task).operate((core, pid) => core.kernel_sysctl_write(pid, id, value));
  }

  /** Counts what is alive, for tests of leaks. Deferred work counts as alive: settle first. */
  live(): Readonly<Record<LiveKind, number>> {
    const count = (i: number) => this.#machine.run((core) => core.kernel_live(i)) >>> 0;
    return Object.fromEntries(liveKinds.map((kind, i) => [kind, count(i)])) as Record<
      LiveKind,
      number
    >;
  }

  /**
   * Makes the n-th next allocation (or inode, file, descriptor, answer of the security module)
   * fail, once. An answer that fails is EPERM; it counts whichever hook is asked.
   *
   * @param n - 1 for the next one; 0 turns it off.
   * @returns how many requests were still to come of what was set before; 0 once it has failed.
   * @throws RangeError for a kind that does not exist or an n that is no count.
   */
  failNth(kind: FaultKind, n: number): number {
    const index = indexOf("kind of fault", faultNames, kind);
    if (!Number.isInteger(n) || n < 0 || n > 0xffff_ffff) {
      throw new RangeError(`n must be a whole number from 0 on, not ${n}`);
    }
    return this.#machine.run((core) => core.kernel_fail_nth(index, n)) >>> 0;
  }

  /** Copies the whole state. Cheap: a copy of the memory in use. */
  snapshot(): Snapshot {
    const end = this.#machine.run((core) => core.kernel_brk()) >>> 0;
    const tasks = this.#host.states();
    return new MemoryImage(this, this.#machine.bytes.slice(0, end), tasks);
  }

  /**
   * Puts the kernel back to a snapshot, any number of times. Tasks that were not there then are
   * closed afterwards, tasks that were are as they were.
   *
   * @throws SnapshotError if the snapshot is of another kernel.
   */
  restore(snapshot: Snapshot): void {
    if (!(snapshot instanceof MemoryImage)) throw new SnapshotError("this is no snapshot");
    if (snapshot.owner !== this) throw new SnapshotError("the snapshot is of another kernel");
    const end = this.#machine.run((core) => core.kernel_brk()) >>> 0;
    const { bytes } = this.#machine;
    bytes.set(snapshot.memory);
    // What the heap has grown by since then must be as fresh memory is.
    if (end > snapshot.size) bytes.fill(0, snapshot.size, end);
    this.#host.restore(snapshot.tasks);
    this.#hooks.refresh();
  }

  close(): void {
    this.#machine.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #own(task: Task): WasmTask {
    if (task instanceof WasmTask && task.kernel === this) return task;
    throw new TypeError("the task is not of this kernel");
  }
}
