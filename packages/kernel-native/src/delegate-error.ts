// SPDX-License-Identifier: MIT

/**
 * The kernel refused a step of the setup, or the program could not be executed.
 *
 * @example
 * ```ts
 * try {
 *   await runDelegated({ command: ["my-loader"], options: ["delegate_cmds=any"] });
 * } catch (error) {
 *   if (error instanceof DelegateError) console.error(error.step, error.subject, error.errno);
 * }
 * ```
 */
export class DelegateError extends Error {
  override readonly name = "DelegateError" as const;
  /** The failed step, named by the executor: `option`, `mount`, `exec`, … */
  readonly step: string;
  /** The kernel's errno, positive. */
  readonly errno: number;
  /** The object of the step: an option, a path or a program; empty if there is none. */
  readonly subject: string;

  constructor(step: string, errno: number, subject: string) {
    super(`${step} ${subject}: error ${errno}`);
    this.step = step;
    this.errno = errno;
    this.subject = subject;
  }
}

/** Reads the line with which the executor reports a failed step; undefined without one. */
export function readFailure(text: string): DelegateError | undefined {
  const failure = /^fail (\w+) (\d+) /m.exec(text);
  if (failure === null || !text.endsWith("\n")) return undefined;
  const [start, step = "", errno] = failure;
  const subject = text.slice(failure.index + start.length, -1);
  return new DelegateError(step, Number(errno), subject === "-" ? "" : subject);
}
