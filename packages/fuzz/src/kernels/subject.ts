// SPDX-License-Identifier: MIT
import type { DiffSubject } from "@bpf-token/scenario";
import type { CallSequence, StepAnswer } from "@bpf-token/syscall";
import type { KernelIdentity } from "./recorded-kernel.js";

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
