// SPDX-License-Identifier: MIT
import { BpfError, NotModelledError, type Task } from "@bpf-token/syscall";

/** A task whose mappings are in this process: the process itself. */
export interface MappingTask extends Task {
  /** Bytes of a page. */
  readonly pageSize: number;
  /** A mapping of a descriptor, or `-errno`. */
  mapMemory(
    fd: number,
    length: number,
    options?: { readonly offset?: number; readonly writable?: boolean },
  ): ArrayBuffer | number;
  /** Gives a mapping back. */
  unmapMemory(buffer: ArrayBuffer): void;
}

/** Whether mappings of a task can be had. */
export function canMap(task: Task): task is MappingTask {
  return "mapMemory" in task && typeof task.mapMemory === "function";
}

/** Gives a mapping back: the buffer is empty then. */
export function unmapMemory(task: Task, memory: ArrayBuffer): void {
  if (canMap(task)) task.unmapMemory(memory);
}

/**
 * Maps what a descriptor is open on, in whole pages.
 *
 * @throws NotModelledError for a task whose memory is elsewhere; BpfError if the kernel refuses.
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
