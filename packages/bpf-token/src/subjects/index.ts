// SPDX-License-Identifier: MIT

/**
 * Finds kernels by their names on the command line: the model, the running kernel, guests, upstream
 * modules and Linux's own BPF subsystem.
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
