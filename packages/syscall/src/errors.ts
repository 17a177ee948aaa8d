// SPDX-License-Identifier: MIT

/** Something was used after it was closed: a kernel, a task or an owned descriptor. */
export class UseAfterCloseError extends Error {
  override readonly name = "UseAfterCloseError" as const;
  /** What was closed, as `task 3` or `fd 5 (token)`. */
  readonly what: string;

  constructor(what: string) {
    super(`${what} is closed`);
    this.what = what;
  }
}

/**
 * The backend does not have this call, or this part of it. Not a refusal: a kernel would answer,
 * this one cannot tell what.
 */
export class NotModelledError extends Error {
  override readonly name = "NotModelledError" as const;
  /** Which backend: `model`, `native`, … */
  readonly backend: string;
  /** What is missing, as `BPF_LINK_CREATE` or `syscall 999`. */
  readonly what: string;

  constructor(backend: string, what: string) {
    super(`not modelled by the ${backend} backend: ${what}`);
    this.backend = backend;
    this.what = what;
  }
}

/** The kernel behind a task is gone: a process that was killed, a wait that passed its deadline. */
export class KernelLostError extends Error {
  override readonly name: string = "KernelLostError";
  /** What happened, in one sentence. */
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`kernel lost: ${reason}`, options);
    this.reason = reason;
  }
}

/** A call that the safety rules of a real kernel's backend keep away from the kernel. */
export class SafetyError extends Error {
  override readonly name = "SafetyError" as const;
  /** Which rule, in one sentence. */
  readonly rule: string;

  constructor(rule: string) {
    super(`refused by the safety rules: ${rule}`);
    this.rule = rule;
  }
}
