// SPDX-License-Identifier: MIT

/** The build cannot be done, and the message says why: no stack is shown for it. */
export class BuildError extends Error {
  /** 1: the sources are wrong; 2: the command line is. */
  exitCode;

  constructor(message, exitCode = 1) {
    super(message);
    this.name = "BuildError";
    this.exitCode = exitCode;
  }
}
