// SPDX-License-Identifier: MIT

/**
 * What a BPF object file holds, and the least policy to load it, as plain data.
 *
 * @packageDocumentation
 */
export {
  type ExternReport,
  type InspectOptions,
  type InspectReport,
  inspectObject,
  type MapReport,
  type NeedsReport,
  type ProgramReport,
  type SectionReport,
} from "./report.js";
