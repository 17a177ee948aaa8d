// SPDX-License-Identifier: GPL-2.0-only
import type { TaskState, WasmTask } from "./task.js";

/** The whole state of a kernel at one moment. Only the kernel that created it can restore it. */
export interface Snapshot {
  /** Size of the core's memory in the snapshot, in bytes. */
  readonly size: number;
}

/** The implementation of {@link Snapshot}. */
export class MemoryImage implements Snapshot {
  /** @internal */
  readonly owner: object;
  /** @internal */
  readonly memory: Uint8Array;
  /** @internal */
  readonly tasks: ReadonlyMap<WasmTask, TaskState>;

  constructor(owner: object, memory: Uint8Array, tasks: ReadonlyMap<WasmTask, TaskState>) {
    this.owner = owner;
    this.memory = memory;
    this.tasks = tasks;
  }

  get size(): number {
    return this.memory.length;
  }
}
