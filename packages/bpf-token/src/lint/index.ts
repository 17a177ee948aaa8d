// SPDX-License-Identifier: MIT

/**
 * Finds mistakes in delegations, in any text that has some.
 *
 * @packageDocumentation
 */
export type { LintContext, LintExample, LintFinding, LintHit } from "./finding.js";
export { lintFindings } from "./findings/index.js";
export { applyFixes, type LintOptions, type LintResult, lintText } from "./lint-text.js";
