// SPDX-License-Identifier: MIT
import { check, NotModelledError, type Task } from "@bpf-token/syscall";
import { canMap, type MappingTask } from "../objects/memory.js";

/**
 * The task as one whose memory can be shared. Tasks in other processes, in guests and on the model
 * have memory of their own, which nobody else can see.
 *
 * @throws NotModelledError if it cannot.
 */
export function mappingTask(task: Task, what: string): MappingTask {
  if (canMap(task)) return task;
  const reason = `${what}: memory that is shared with the kernel; currentTask() of @bpf-token/kernel-native has it`;
  throw new NotModelledError(task.kernel.backend, reason);
}

/** Maps a part of what is behind a descriptor. */
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
