// SPDX-License-Identifier: GPL-2.0-only
import type { Kernel } from "@bpf-token/syscall";
import type { Machine } from "./machine.js";

const machines = new WeakMap<Kernel, Machine>();

/** Remembers which instance a kernel runs on. */
export function remember(kernel: Kernel, machine: Machine): void {
  machines.set(kernel, machine);
}

/**
 * The memory of a kernel that runs as WebAssembly, for tools that look into it: counters of what ran,
 * for example. It is a view, which is of no use any more once the memory has grown.
 *
 * @throws TypeError for another kernel.
 */
export function memoryOf(kernel: Kernel): Uint8Array {
  const machine = machines.get(kernel);
  if (machine === undefined) throw new TypeError(`the ${kernel.backend} kernel has no such memory`);
  machine.refresh();
  return machine.bytes;
}
