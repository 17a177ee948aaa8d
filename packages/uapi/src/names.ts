// SPDX-License-Identifier: MIT

/**
 * Names and numbers alone, for programs that have to start in a moment: neither layouts nor checks.
 * All of it is in `@bpf-token/uapi` as well.
 *
 * @packageDocumentation
 */
export * from "./errno-name.js";
export * from "./generated/capability.js";
export * from "./generated/errno.js";
export type { DelegationEnum } from "./generated/members.js";
export { type KernelRelease, newestRelease } from "./generated/releases.js";
export * from "./members.js";
export * from "./nearest.js";
export * from "./releases.js";
