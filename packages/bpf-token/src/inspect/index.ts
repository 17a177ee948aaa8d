// SPDX-License-Identifier: MIT

/**
 * Reports the contents of a BPF object file and the least policy to load it, as plain data.
 *
 * @packageDocumentation
 */
export {
  type ExternReport,
  type InspectReport,
  inspectObject,
  type MapReport,
  type NeedsReport,
  type ProgramReport,
  type SectionReport,
} from "./report.js";
