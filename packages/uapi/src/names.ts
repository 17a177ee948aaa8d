// SPDX-License-Identifier: MIT

/**
 * Only names and numbers, without layouts and checks, for programs that must start fast. Everything
 * here is also exported by `@bpf-token/uapi`.
 *
 * @packageDocumentation
 */
export * from "./errno-name.js";
export * from "./generated/capability.js";
export * from "./generated/errno.js";
export type { DelegationEnum } from "./generated/members.js";
export { defaultRelease, type KernelRelease, newestRelease } from "./generated/releases.js";
export { linuxCode } from "./linux-code.js";
export * from "./members.js";
export * from "./nearest.js";
export * from "./needs.js";
export * from "./page-of.js";
export * from "./releases.js";
export * from "./resolve-release.js";
