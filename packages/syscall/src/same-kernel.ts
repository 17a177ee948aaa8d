// SPDX-License-Identifier: MIT
import type { Kernel } from "./kernel.js";

const innerOf: WeakMap<Kernel, Kernel> = new WeakMap();

/** Notes that one kernel passes its calls to another, so that they have the same file descriptors. */
export function noteWrapper(outer: Kernel, inner: Kernel): void {
  innerOf.set(outer, inner);
}

/** Whether two objects stand for one kernel. */
export function isSameKernel(a: Kernel, b: Kernel): boolean {
  return innermost(a) === innermost(b);
}

function innermost(kernel: Kernel): Kernel {
  const inner = innerOf.get(kernel);
  return inner === undefined ? kernel : innermost(inner);
}
