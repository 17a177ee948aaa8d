// SPDX-License-Identifier: GPL-2.0-only
import { functionsOf } from "../host/stack.js";

/** Number of functions of the trap's stack that the message names. */
const NAMED = 3;

/**
 * Formats why a module trapped, in one line: the engine's message and the innermost functions, if
 * the module has names.
 *
 * @param cause - the error that the engine threw.
 * @param turnsLeft - the remaining loop iterations, if the module counts them.
 * @example
 * ```ts
 * try {
 *   exports.kernel_boot(release, 0, 0, 0);
 * } catch (cause) {
 *   console.error(crashReason(cause, exports.turns_left?.value));
 * }
 * ```
 */
export function crashReason(cause: unknown, turnsLeft: number | undefined): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const [first, ...others] = functionsOf(error)
    .slice(0, NAMED)
    .map((name) => `${name}()`);
  const by = others.length === 0 ? "" : `, called by ${others.join(", ")}`;
  const where = first === undefined ? "" : ` in ${first}${by}`;
  return turnsLeft === 0 ? `a loop does not end${where}` : `${error.message}${where}`;
}
