// SPDX-License-Identifier: MIT
import type { Scenario } from "@bpf-token/scenario";
import type { Parting } from "../findings/parting.js";

/**
 * The kind of a finding. `differs`: an answer differs. `differs directly`: only direct calls of `token.c`
 * functions differ; reported once per subject. `calls hooks differently`: all answers are the same, but the
 * order, arguments or token of the called LSM hooks differ. `counts differently`: all answers are the same,
 * but after a call reference counts or the numbers of live objects differ.
 * `keeps inodes`: failed TOKEN_CREATE calls keep another number of inodes, which rule TP-22 is about.
 * `leaks`: other objects remain at the end. `crashes`: a kernel trapped or was stopped in an endless loop;
 * reported once per place.
 */
export type FindingKind =
  | "differs"
  | "differs directly"
  | "calls hooks differently"
  | "counts differently"
  | "keeps inodes"
  | "leaks"
  | "crashes";

/** An input on which a subject behaves differently from the first subject. */
export interface Finding {
  readonly input: Uint8Array;
  /** The subject that differs, leaks or crashes. */
  readonly subject: string;
  readonly kind: FindingKind;
  /** The difference, in one line. */
  readonly message: string;
  /** Why and where the subject crashed. */
  readonly crash?: string;
  /** The sequence as a scenario, if the comparison needed one. */
  readonly scenario?: Scenario;
}

/** A minimised finding. */
export interface MinimizedFinding {
  readonly kind: FindingKind;
  /** The subject that differs, leaks or crashes. */
  readonly subject: string;
  readonly input: Uint8Array;
  /** The scenario, with only the needed steps if it reproduces the difference. */
  readonly scenario: Scenario;
  /** Whether the scenario reproduces the difference; otherwise only the bytes do. */
  readonly reproduces: boolean;
  /** The first difference, or the remaining objects, in one line. */
  readonly message: string;
  /** Where the executions part. Only modules of one release show it. */
  readonly parting?: Parting;
}
