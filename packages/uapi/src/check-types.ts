// SPDX-License-Identifier: MIT
import type { CheckId, EvidenceKind } from "./generated/checks.js";
import type { ErrnoName } from "./generated/errno.js";

/** A check of the model: a place where it refuses a call, or decides something without a sign. */
export interface CheckInfo {
  /** Stable id, as `token.create.userns`. */
  readonly id: CheckId;
  /** What it answers; undefined for a silent decision. */
  readonly errno: ErrnoName | undefined;
  /** Source file of the kernel where the check stands. */
  readonly file: string;
  /** Function of the kernel. */
  readonly func: string;
  /** Ids of the specification's rules that say so. */
  readonly rules: readonly string[];
  /** How the numbers of a decision are to be read. */
  readonly evidence: EvidenceKind;
  /** For a person: what was found. */
  readonly sentence: string;
}
