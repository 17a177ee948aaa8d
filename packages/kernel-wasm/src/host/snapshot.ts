// SPDX-License-Identifier: GPL-2.0-only
import type { Kernel, Snapshot } from "@bpf-token/syscall";

/** The implementation of {@link Snapshot}: a copy of the memory, and the host's state of the tasks. */
export class MemoryImage<Tasks> implements Snapshot {
  /** @internal */
  readonly owner: Kernel;
  /** @internal */
  readonly memory: Uint8Array;
  /** @internal */
  readonly tasks: Tasks;

  readonly size: number;

  /** @param size - of the memory, if the copy does not have all of it. */
  constructor(owner: Kernel, memory: Uint8Array, tasks: Tasks, size: number = memory.length) {
    this.owner = owner;
    this.memory = memory;
    this.tasks = tasks;
    this.size = size;
  }
}

/**
 * Returns the image in a snapshot.
 *
 * @throws the given error unless `owner` created the snapshot.
 */
export function imageOf<Tasks>(
  snapshot: Snapshot,
  owner: Kernel,
  Refused: new (message: string) => Error,
): MemoryImage<Tasks> {
  if (!(snapshot instanceof MemoryImage))
    throw new Refused("the value is not a snapshot of kernel.snapshot()");
  if (snapshot.owner !== owner) throw new Refused("the snapshot belongs to another kernel");
  return snapshot;
}
