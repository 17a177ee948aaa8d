// SPDX-License-Identifier: GPL-2.0-only
import type { Kernel } from "@bpf-token/syscall";
import type { Machine } from "./machine.js";

const machines = new WeakMap<Kernel, Machine>();

/** Records the instance of a kernel. */
export function remember(kernel: Kernel, machine: Machine): void {
  machines.set(kernel, machine);
}

/**
 * Returns the memory of a WebAssembly kernel, for tools that inspect it, for example execution
 * counters. The view becomes invalid when the memory grows.
 *
 * @throws TypeError for a kernel that is not a WebAssembly kernel.
 * @example
 * ```ts
 * const used = memoryOf(kernel).length; // bytes
 * ```
 */
export function memoryOf(kernel: Kernel): Uint8Array {
  const machine = machines.get(kernel);
  if (machine === undefined)
    throw new TypeError(`the ${kernel.backend} kernel is not a WebAssembly kernel`);
  machine.refresh();
  return machine.bytes;
}
