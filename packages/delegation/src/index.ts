// SPDX-License-Identifier: MIT

/**
 * BPF token delegations in one shape: parses, compares and formats them, as mount options and as
 * settings of systemd, LXD, Incus and other programs.
 *
 * @packageDocumentation
 */
export * from "./axes.js";
export * from "./capabilities.js";
export * from "./compare.js";
export * from "./dialects/add.js";
export * from "./dialects/capabilities.js";
export { parseDelegateOptions } from "./dialects/exec.js";
export * from "./dialects/format.js";
export type { DelegationWord } from "./dialects/found.js";
export * from "./dialects/parse.js";
export type { Remark, RemarkId } from "./dialects/remark.js";
export { systemdName } from "./dialects/systemd-names.js";
export * from "./error.js";
export * from "./fdinfo.js";
export * from "./lint.js";
export { formatMask, parseMask } from "./mask-text.js";
export {
  bitsOf,
  type Delegation,
  type DelegationItem,
  type DelegationItems,
  type DelegationMasks,
  delegationMasks,
  delegationOf,
  itemsOf,
} from "./masks.js";
export { type BpffsMount, type BpffsPlace, bpffsIn, bpffsPlacesIn } from "./mountinfo.js";
export { adviseName, bitName, bitOf, delegationNames, sinceRelease } from "./names.js";
