// SPDX-License-Identifier: MIT

/** The running kernel cannot be driven from here: not Linux, not root, no executor. */
export class NativeUnavailableError extends Error {
  override readonly name = "NativeUnavailableError" as const;
  /** What is missing and how to get it, in one sentence. */
  readonly why: string;

  constructor(why: string, options?: ErrorOptions) {
    super(`the native backend cannot run here: ${why}`, options);
    this.why = why;
  }
}
