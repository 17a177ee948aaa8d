// SPDX-License-Identifier: MIT

/**
 * The build failed for the reason in the message. Callers print the message without a stack trace.
 */
export class BuildError extends Error {
  /** 1: the sources are wrong; 2: the command line is wrong. */
  exitCode;

  constructor(message, exitCode = 1) {
    super(message);
    this.name = "BuildError";
    this.exitCode = exitCode;
  }
}
