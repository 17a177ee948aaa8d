// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";
import type { CallSequence, StepAnswer } from "@bpf-token/syscall";
import type { KernelIdentity } from "./recorded-kernel.js";

/** A kernel that replays generated sequences. */
export interface KernelSubject extends DiffSubject {
  /** Replaces the kernel, if earlier sequences may have changed it. */
  renew?(): void;
  /**
   * Starts several sequences as one batch, which is much faster than single scenarios. The returned
   * function waits for the answers; it returns undefined if the kernel was lost.
   */
  runSequences?(sequences: readonly CallSequence[]): () => BatchAnswers | undefined;
}

/** The answers of a kernel, by sequence. */
export interface BatchAnswers {
  readonly kernel: KernelIdentity;
  readonly answers: readonly (readonly StepAnswer[])[];
}
