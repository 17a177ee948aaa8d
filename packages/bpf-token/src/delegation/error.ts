// SPDX-License-Identifier: MIT

/**
 * A text is not a valid delegation or list of capabilities. The message names the wrong word and the
 * right one. `parseDelegation` and `parseCapabilities` throw it.
 */
export class DelegationError extends Error {
  override readonly name = "DelegationError" as const;
}
