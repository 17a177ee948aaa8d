// SPDX-License-Identifier: MIT
/** It cannot be done on this machine; the message says why, and the way out. */
export class CannotError extends Error {
  name = "CannotError";
}
