// SPDX-License-Identifier: MIT

/**
 * The running kernel cannot be opened: this is not Linux, not root, or there is no executor.
 *
 * @example
 * ```ts
 * try {
 *   openNativeKernel();
 * } catch (error) {
 *   if (error instanceof NativeUnavailableError) console.error(error.why);
 * }
 * ```
 */
export class NativeUnavailableError extends Error {
  override readonly name = "NativeUnavailableError" as const;
  /** What is missing and how to get it, in one sentence. */
  readonly why: string;

  constructor(why: string, options?: ErrorOptions) {
    super(`the native backend cannot run here: ${why}`, options);
    this.why = why;
  }
}

/**
 * A guest cannot be started on this host, or did not boot.
 *
 * @example
 * ```ts
 * try {
 *   openGuestKernel({ guest: "uml" });
 * } catch (error) {
 *   if (error instanceof GuestUnavailableError) console.error(error.why);
 * }
 * ```
 */
export class GuestUnavailableError extends Error {
  override readonly name = "GuestUnavailableError" as const;
  /** Name of the guest. */
  readonly guest: string;
  /** What is missing and how to get it, or why the guest ended, with its last console output. */
  readonly why: string;

  constructor(guest: string, why: string, options?: ErrorOptions) {
    super(`guest:${guest} cannot run here: ${why}`, options);
    this.guest = guest;
    this.why = why;
  }
}
