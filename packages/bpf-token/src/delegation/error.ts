// SPDX-License-Identifier: MIT

/** Text that describes no delegation or no capabilities; the message says which word and what to write. */
export class DelegationError extends Error {
  override readonly name = "DelegationError" as const;
}
