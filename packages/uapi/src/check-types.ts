// SPDX-License-Identifier: MIT
import type { CheckId, EvidenceKind } from "./generated/checks.js";
import type { ErrnoName } from "./generated/errno.js";

/**
 * A check of the model: a place where the kernel refuses a call or silently decides something.
 * You get it from {@link checkTable} or {@link checkById}.
 */
export interface CheckInfo {
  /** Stable id, such as `token.create.userns`. */
  readonly id: CheckId;
  /** The error that the kernel returns; `undefined` for a silent decision. */
  readonly errno: ErrnoName | undefined;
  /** The kernel source file with this check. */
  readonly file: string;
  /** The kernel function with this check. */
  readonly func: string;
  /** Ids of the specification's rules that describe the check. */
  readonly rules: readonly string[];
  /** What the numbers recorded with a decision mean. */
  readonly evidence: EvidenceKind;
  /** One sentence for users: what the kernel found. */
  readonly sentence: string;
}
