// SPDX-License-Identifier: MIT

/**
 * The parts that need a file system: finding upstream source, using an installed clang, and storing
 * modules by name.
 *
 * @packageDocumentation
 */
export {
  type ConfinedOptions,
  type ProgramLimits,
  type ProgramResult,
  runConfined,
} from "./confined.js";
export { type TreeCommit, TreeHistory } from "./history.js";
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
export { StoreError } from "./store-entry.js";
export {
  type CompilerLimits,
  defaultCompiler,
  findSystemCompiler,
  systemCompiler,
} from "./system-compiler.js";
export { threadedYowaspCompiler } from "./threaded-yowasp.js";
