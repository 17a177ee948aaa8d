// SPDX-License-Identifier: MIT

/**
 * What needs a file system: finding the kernel's text, a clang of the machine, modules that are
 * kept by name.
 *
 * @packageDocumentation
 */
export { type FindOptions, type FoundSource, findSource } from "./source.js";
export {
  namePattern,
  type Stored,
  type StoredModule,
  type StoredSequences,
  type StoreRequest,
  storeFolder,
  UpstreamStore,
} from "./store.js";
export { defaultCompiler, findSystemCompiler, systemCompiler } from "./system-compiler.js";
