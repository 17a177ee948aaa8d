// SPDX-License-Identifier: MIT

/**
 * Formats the reasons for a refusal: the kernel's decisions that led to an errno, and the failed steps of
 * `bpf-token exec`.
 *
 * @packageDocumentation
 */
export type { Paint, Role } from "../text/paint.js";
export { type FormatOptions, formatRefusal, formatUnexplained } from "./refusal.js";
export {
  explainSetup,
  openContainer,
  type Setup,
  type SetupFailure,
  type SetupReason,
} from "./setup.js";
export { describeSetupFailure } from "./setup-failure.js";
