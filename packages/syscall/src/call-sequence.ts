// SPDX-License-Identifier: MIT
import type { FlatCall } from "./flatten.js";
import type { NamespaceKind } from "./kernel.js";

/**
 * One step of a {@link CallSequence}. Tasks are numbers below 64: task 0 exists from the start, and
 * `fork` creates the others.
 */
export type SequenceStep = { readonly by: number } & (
  | { readonly op: "call"; readonly call: FlatCall }
  | { readonly op: "fork"; readonly child: number }
  | { readonly op: "exec" }
  | { readonly op: "exit"; readonly status: number }
  | { readonly op: "wait"; readonly child: number }
  | { readonly op: "send"; readonly fd: number; readonly to: number }
  | { readonly op: "open-namespace"; readonly kind: NamespaceKind; readonly of: number }
  | { readonly op: "settle" }
);

/**
 * Steps that a backend can run in one request. No step depends on the answer of another step: every
 * file descriptor number in the steps is known beforehand.
 */
export type CallSequence = readonly SequenceStep[];

/** The answer to a step. */
export interface StepAnswer {
  /** The kernel's return value. */
  readonly ret: number;
  /**
   * For a call: the segments that the kernel may have written, concatenated. Pointers in them are
   * addresses of the executing process.
   */
  readonly memory: Uint8Array;
  /** Why there is no answer: the error that the same call of a task would have thrown. */
  readonly error?: Error;
}
