// SPDX-License-Identifier: MIT
import type { FlatCall } from "./flatten.js";
import type { NamespaceKind } from "./kernel.js";

/**
 * A step of a {@link CallSequence}. Tasks are numbers below 64: 0 exists from the start, the others
 * are created by `fork`.
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
 * Steps that a backend can run in one go, because no step depends on the answer of another: every
 * file descriptor in them is known beforehand.
 */
export type CallSequence = readonly SequenceStep[];

/** The answer to a step. */
export interface StepAnswer {
  /** The kernel's number. */
  readonly ret: number;
  /** Of a call: what the kernel may have written, segment after segment. Addresses are its own. */
  readonly memory: Uint8Array;
  /** Why there is no answer: what the call of a task would have thrown. */
  readonly error?: Error;
}
