// SPDX-License-Identifier: MIT

/**
 * What needs a file system: opening subjects with modules of the store, and the folder in which a run
 * keeps inputs, its report and findings.
 *
 * @packageDocumentation
 */
export { FuzzFolder, FuzzFolderError } from "./folder.js";
export {
  FuzzSubjectError,
  isReal,
  type OpenComparison,
  type OpenOptions,
  openComparison,
  type SubjectRequest,
} from "./open.js";
