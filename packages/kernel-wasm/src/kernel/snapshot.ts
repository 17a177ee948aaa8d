// SPDX-License-Identifier: GPL-2.0-only
import type { TaskState, WasmTask } from "./task.js";

/** A kernel's whole state at one moment. Belongs to the kernel that it was taken from. */
export interface Snapshot {
  /** Bytes of the core's memory that it holds. */
  readonly size: number;
}

/** What a {@link Snapshot} is inside. */
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
