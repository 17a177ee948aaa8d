// SPDX-License-Identifier: MIT

/**
 * A kernel, a task or an owned file descriptor was used after it was closed.
 *
 * @example
 * ```ts
 * task.close();
 * try {
 *   task.syscall(39);
 * } catch (error) {
 *   if (error instanceof UseAfterCloseError) console.log(error.what); // "task 2"
 * }
 * ```
 */
export class UseAfterCloseError extends Error {
  override readonly name = "UseAfterCloseError" as const;
  /** The closed object: `task 3` or `fd 5 (token)`. */
  readonly what: string;

  constructor(what: string) {
    super(`${what} is closed`);
    this.what = what;
  }
}

/**
 * The backend does not implement this call, or this part of it. This is not a refusal: a real
 * kernel has an answer, which the backend does not know.
 *
 * @example
 * ```ts
 * try {
 *   task.syscall(999);
 * } catch (error) {
 *   if (error instanceof NotModelledError) console.log(error.what); // "syscall 999"
 * }
 * ```
 */
export class NotModelledError extends Error {
  override readonly name = "NotModelledError" as const;
  /** Name of the backend: `model`, `native`, … */
  readonly backend: string;
  /** The missing feature: `BPF_LINK_CREATE` or `syscall 999`. */
  readonly what: string;

  constructor(backend: string, what: string) {
    super(`not modelled by the ${backend} backend: ${what}`);
    this.backend = backend;
    this.what = what;
  }
}

/**
 * The kernel of a task is gone: its process was killed, or a call exceeded its deadline.
 *
 * @example
 * ```ts
 * try {
 *   task.syscall(39); // getpid
 * } catch (error) {
 *   if (error instanceof KernelLostError) console.error(error.reason);
 * }
 * ```
 */
export class KernelLostError extends Error {
  override readonly name: string = "KernelLostError";
  /** The cause, in one sentence. */
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`kernel lost: ${reason}`, options);
    this.reason = reason;
  }
}

/**
 * The safety rules of a native backend refused the call before it reached the kernel.
 *
 * @example
 * ```ts
 * try {
 *   task.syscall(nr, ...args);
 * } catch (error) {
 *   if (error instanceof SafetyError) console.log(`forbidden: ${error.rule}`);
 * }
 * ```
 */
export class SafetyError extends Error {
  override readonly name = "SafetyError" as const;
  /** The rule, in one sentence. */
  readonly rule: string;

  constructor(rule: string) {
    super(`refused by the safety rules: ${rule}`);
    this.rule = rule;
  }
}
