// SPDX-License-Identifier: MIT
/** The machine does not support the command. The message names the reason and a fix. */
export class CannotError extends Error {
  name = "CannotError";
}
