// SPDX-License-Identifier: MIT
import type { DiffSubject, Scenario, Trace } from "@bpf-token/scenario";
import type { CallSequence, StepAnswer } from "@bpf-token/syscall";
import type { SequenceResult } from "../machine/machine.js";
import type { SequenceNote } from "../machine/notes.js";
import type { Sheet } from "./play-of.js";
import type { KernelName } from "./told-kernel.js";

/** What kernels are known to differ in, and why that is neither's fault. */
export interface KnownReason {
  /** Found in the message about the difference, behind what was called. */
  readonly match: RegExp;
  /** Found in what was called before, if it needs that as well. */
  readonly after?: RegExp;
  /** Looks closer at the message, where a pattern would let through too much. */
  only?(message: string): boolean;
  readonly why: string;
}

/** A kernel that lives through sequences. */
export interface LiveSubject extends DiffSubject {
  /** Leaves what it lived through behind, where that may have changed the kernel for those who come after. */
  renew?(): void;
  /**
   * Has it live through several at once, where a kernel can do that: much quicker than one scenario
   * behind the other. The function that comes back waits for the answers; undefined: it was lost.
   */
  play?(plays: readonly CallSequence[]): () => Played | undefined;
}

/** What a kernel answered, by play. */
export interface Played {
  readonly kernel: KernelName;
  readonly answers: readonly (readonly StepAnswer[])[];
}

/** Bytes for which a kernel does not do what the first subject does. */
export interface LiveFinding {
  readonly input: Uint8Array;
  readonly scenario: Scenario;
  /** The first difference, in one line. */
  readonly what: string;
}

/** A sequence that is to be lived through. */
export interface Made {
  readonly input: Uint8Array;
  readonly notes: readonly SequenceNote[];
  readonly result: SequenceResult;
  readonly sheet: Sheet;
}

/** What a kernel answered to one play. */
export interface Told {
  readonly kernel: KernelName;
  readonly answers: readonly StepAnswer[];
}

/** How far a sequence was compared, and the first unexpected difference. */
export interface Judged {
  readonly steps: number;
  readonly what?: string;
}

/** A sequence that kernels have lived through. */
export interface Looked {
  readonly made: Made;
  /** Unless all answers are those of the machine to the last byte. */
  readonly told?: ToldStory;
}

export interface ToldStory {
  readonly scenario: Scenario;
  /** Without expectations. */
  readonly bare: Scenario;
  /** By subject; undefined for one that was lost. */
  readonly traces: readonly (Trace | undefined)[];
}
