// SPDX-License-Identifier: GPL-2.0-only

/**
 * Internal: what every host of a kernel in a WebAssembly module has. `@bpf-token/kernel-bpf` uses it,
 * always in the same version. It may change in any release.
 *
 * @packageDocumentation
 */

export { readBack, writeCall } from "./call.js";
export { ModuleInstance } from "./instance.js";
export { imageOf, MemoryImage } from "./snapshot.js";
export { functionsOf } from "./stack.js";
export { assertNamespaceKind, assertNotFirst, ownTask } from "./task.js";
