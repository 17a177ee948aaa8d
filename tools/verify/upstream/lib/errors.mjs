// SPDX-License-Identifier: MIT

/** The tool cannot run for the reason in the message. Callers print it without a stack trace. */
export class CheckError extends Error {
  /** 2: the command line is wrong; 3: the source is not available. */
  exitCode;

  constructor(message, exitCode = 3) {
    super(message);
    this.name = "CheckError";
    this.exitCode = exitCode;
  }
}
