// SPDX-License-Identifier: MIT

/** The build failed for the reason in the message. Callers print it without a stack trace. */
export class BpfKernelError extends Error {
  name = "BpfKernelError";
  /** 1: a gate or a source; 3: something is missing on this machine. */
  exitCode;

  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
