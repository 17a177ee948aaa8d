// SPDX-License-Identifier: MIT

/**
 * Loads BPF objects over any kernel, with a BPF token where there is one.
 *
 * @packageDocumentation
 */
export {
  type Axis,
  LoadError,
  type LoadPhase,
  type LoadPlace,
  type Missing,
} from "./load/errors.js";
export type { LoadOptions } from "./load/options.js";
export type { LoadNote } from "./load/session.js";
export { Collection } from "./objects/collection.js";
export { BpfMap } from "./objects/map.js";
export { Program } from "./objects/program.js";
