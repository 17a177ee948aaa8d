// SPDX-License-Identifier: MIT

/**
 * A text is not a valid delegation or list of capabilities. The message names the wrong word and the
 * right one. `parseDelegation` and `parseCapabilities` throw it.
 *
 * @example
 * ```ts
 * try {
 *   parseDelegation(["maps=hsah"]);
 * } catch (error) {
 *   if (error instanceof DelegationError) console.error(error.message);
 * }
 * ```
 */
export class DelegationError extends Error {
  override readonly name = "DelegationError" as const;
}
