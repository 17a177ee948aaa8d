// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";
import type { CallSequence, StepAnswer } from "@bpf-token/syscall";
import type { KernelIdentity } from "./recorded-kernel.js";

/** A difference that is known, and why it is the fault of neither kernel. */
export interface KnownReason {
  /** Found in the message about the difference, after the call. */
  readonly match: RegExp;
  /** Found in an earlier call, if the difference needs one. */
  readonly after?: RegExp;
  /** Looks closer at the message, where a pattern would let through too much. */
  only?(message: string): boolean;
  readonly why: string;
}

/** A kernel that replays sequences which a machine generated. */
export interface KernelSubject extends DiffSubject {
  /** Replaces the kernel, where earlier sequences may have changed it for later ones. */
  renew?(): void;
  /**
   * Runs several sequences in one go, where the kernel can: much faster than one scenario after the
   * other. The function that it returns waits for the answers; undefined: the kernel was lost.
   */
  runSequences?(sequences: readonly CallSequence[]): () => BatchAnswers | undefined;
}

/** The answers of a kernel, by sequence. */
export interface BatchAnswers {
  readonly kernel: KernelIdentity;
  readonly answers: readonly (readonly StepAnswer[])[];
}
