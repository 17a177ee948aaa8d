// SPDX-License-Identifier: MIT

/** What keeps the tool from an answer, in one line: no stack is shown for it. */
export class CheckError extends Error {
  /** 2: the command line is wrong; 3: the text that is to be compiled cannot be had. */
  exitCode;

  constructor(message, exitCode = 3) {
    super(message);
    this.name = "CheckError";
    this.exitCode = exitCode;
  }
}
