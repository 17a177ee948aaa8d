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

/** A guest cannot be started here, or did not come up. */
export class GuestUnavailableError extends Error {
  override readonly name = "GuestUnavailableError" as const;
  /** Which guest. */
  readonly guest: string;
  /** What is missing and how to get it, or what became of it: a sentence, and its last words. */
  readonly why: string;

  constructor(guest: string, why: string, options?: ErrorOptions) {
    super(`guest:${guest} cannot run here: ${why}`, options);
    this.guest = guest;
    this.why = why;
  }
}
