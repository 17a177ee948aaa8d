// SPDX-License-Identifier: MIT

/**
 * The field of a cause: a token or its delegate masks, a capability, another policy (seccomp, a
 * security module, a sysctl), the kernel, the program, the setup of the machine, or a message that does
 * no harm.
 */
export type CauseKind =
  | "token"
  | "capability"
  | "policy"
  | "kernel"
  | "program"
  | "setup"
  | "harmless";

/** The texts of a cause. */
export interface CauseText {
  readonly kind: CauseKind;
  /** What is wrong, in one sentence without a full stop. */
  readonly cause: string;
  /** The fact that proves or excludes the cause: a command, and what its output means. */
  readonly decides: string;
  /** What to change, one step per line. */
  readonly fix: readonly string[];
}
