// SPDX-License-Identifier: MIT

/**
 * Kernels by the names of the command line: the model, the running kernel, guests, upstream modules.
 *
 * @packageDocumentation
 */
export { type FindOptions, findSubject, unmodelledRelease } from "./find.js";
export { KernelPool } from "./pool.js";
export {
  type Subject,
  type SubjectName,
  SubjectUnavailableError,
  subjectNames,
} from "./subject.js";
