// SPDX-License-Identifier: MIT
import { BpfError, NotModelledError, type Task } from "@bpf-token/syscall";

/** A task that can map memory into this process, because it is this process. See {@link canMap}. */
export interface MappingTask extends Task {
  /** Size of a page in bytes. */
  readonly pageSize: number;
  /** Maps a file descriptor; returns the memory, or `-errno`. */
  mapMemory(
    fd: number,
    length: number,
    options?: { readonly offset?: number; readonly writable?: boolean },
  ): ArrayBuffer | number;
  /** Unmaps memory that `mapMemory` returned. */
  unmapMemory(buffer: ArrayBuffer): void;
}

/**
 * Whether a task can map memory into this process.
 *
 * @example
 * ```ts
 * if (canMap(task)) console.log(task.pageSize);
 * ```
 */
export function canMap(task: Task): task is MappingTask {
  return "mapMemory" in task && typeof task.mapMemory === "function";
}

/** Unmaps memory; the buffer is empty afterwards. */
export function unmapMemory(task: Task, memory: ArrayBuffer): void {
  if (canMap(task)) task.unmapMemory(memory);
}

/**
 * Maps the memory that an fd refers to, in whole pages.
 *
 * @throws NotModelledError for a task outside this process; BpfError if the kernel refuses.
 */
export function mapMemory(task: Task, fd: number, size: number, writable: boolean): ArrayBuffer {
  if (!canMap(task)) {
    throw new NotModelledError(task.kernel.backend, "memory of tasks that are not this process");
  }
  const length = Math.ceil(size / task.pageSize) * task.pageSize;
  const mapped = task.mapMemory(fd, length, { writable });
  if (typeof mapped !== "number") return mapped;
  throw new BpfError({ syscall: "mmap", cmd: `${length} bytes` }, -mapped);
}
