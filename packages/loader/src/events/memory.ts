// SPDX-License-Identifier: MIT
import { check, NotModelledError, type Task } from "@bpf-token/syscall";
import { canMap, type MappingTask } from "../objects/memory.js";

/**
 * Returns the task if this process can share memory with it. Tasks in other processes, guests and
 * on the model have separate memory.
 *
 * @throws NotModelledError otherwise.
 */
export function mappingTask(task: Task, what: string): MappingTask {
  if (canMap(task)) return task;
  const reason = `memory shared with the kernel, which ${what} needs; use currentTask() of @bpf-token/kernel-native`;
  throw new NotModelledError(task.kernel.backend, reason);
}

/** Maps a part of the memory that a file descriptor refers to. */
export function mappedPart(
  task: MappingTask,
  fd: number,
  length: number,
  offset: number,
  writable: boolean,
): ArrayBuffer {
  const memory = task.mapMemory(fd, length, { offset, writable });
  if (typeof memory === "number") check(task, { syscall: "mmap" }, memory);
  return memory as ArrayBuffer;
}
