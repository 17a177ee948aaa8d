// SPDX-License-Identifier: MIT

/**
 * Why a kernel refused, as text: the decisions behind an errno, and the steps of `bpf-token exec`.
 *
 * @packageDocumentation
 */
export type { Paint, Role } from "../text/paint.js";
export { type FormatOptions, formatRefusal, formatUnexplained } from "./refusal.js";
export { explainSetup, type Setup, type SetupFailure, type SetupReason } from "./setup.js";
export { describeSetupFailure } from "./setup-failure.js";
