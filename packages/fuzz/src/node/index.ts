// SPDX-License-Identifier: MIT

/**
 * The parts that need a filesystem: opening subjects with stored upstream modules, and the directory with a
 * run's inputs, report and findings.
 *
 * @packageDocumentation
 */
export { type FoundFinding, onlyBytesReproduce, readFinding } from "./finding-folder.js";
export { FuzzFolder, FuzzFolderError } from "./folder.js";
export {
  FuzzSubjectError,
  isReal,
  type OpenComparison,
  type OpenOptions,
  openComparison,
  type SubjectRequest,
} from "./open.js";
