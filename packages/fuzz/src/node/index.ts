// SPDX-License-Identifier: MIT

/**
 * What needs a file system: the folder in which a run keeps inputs, its report and findings.
 *
 * @packageDocumentation
 */
export { type CoverageSum, FuzzFolder, FuzzFolderError, type FuzzReport } from "./folder.js";
