// SPDX-License-Identifier: MIT

export * from "./assigned-numbers.js";
/**
 * Names, numbers and memory layouts of the kernel interface around BPF tokens.
 *
 * @packageDocumentation
 */
export * from "./bitset.js";
export * from "./brands.js";
export * from "./check-types.js";
export * from "./checks.js";
export * from "./errno-name.js";
export * from "./generated/attr-types.js";
export * from "./generated/capability.js";
export * from "./generated/checks.js";
export * from "./generated/constants.js";
export * from "./generated/enums.js";
/** {@link FsconfigCmd} in the spelling of FSOPEN, FSMOUNT and FSPICK. */
export { FsconfigCmd as FSCONFIG } from "./generated/enums.js";
export * from "./generated/errno.js";
export * from "./generated/flags.js";
export * from "./generated/helpers.js";
export type { DelegationEnum } from "./generated/members.js";
export { defaultRelease, type KernelRelease, newestRelease } from "./generated/releases.js";
export * from "./generated/struct-types.js";
export * from "./generated/syscalls.js";
export * from "./insn.js";
export type {
  BitRange,
  Decoded,
  Field,
  FieldType,
  Layout,
  Text,
  Wide,
} from "./layout/layout-types.js";
export * from "./layout/layouts.js";
export * from "./layout/memory.js";
export { linuxCode } from "./linux-code.js";
export * from "./map-fields.js";
export * from "./members.js";
export * from "./nearest.js";
export * from "./needs.js";
export * from "./page-of.js";
export * from "./release-changes.js";
export * from "./releases.js";
export * from "./resolve-release.js";
export * from "./syscall-types.js";
export * from "./syscalls.js";
