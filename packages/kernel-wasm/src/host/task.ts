// SPDX-License-Identifier: GPL-2.0-only
import type { Kernel, NamespaceKind, Task } from "@bpf-token/syscall";

/**
 * Returns a task as one of `kernel`.
 *
 * @param what - names the argument in the message.
 * @throws TypeError for a task of another kernel.
 */
export function ownTask<T extends Task>(
  kernel: Kernel,
  type: abstract new (...args: never[]) => T,
  task: Task,
  what = "the task",
): T {
  if (task instanceof type && task.kernel === kernel) return task;
  throw new TypeError(`${what} belongs to another kernel`);
}

/** @throws RangeError for the first task, which no kernel can lose. */
export function assertNotFirst({ pid }: Task): void {
  if (pid === 1) throw new RangeError("the first task cannot exit. Fix: close the kernel");
}

/** @throws TypeError for a kind that no kernel has; TypeScript checks only those who use it. */
export function assertNamespaceKind(kind: NamespaceKind): void {
  if (kind !== "user" && kind !== "mnt")
    throw new TypeError(`unknown namespace kind '${String(kind)}' (known: user, mnt)`);
}
