// SPDX-License-Identifier: MIT
import type { Confidence } from "../doctor/finding.js";
import type { CauseId } from "./cause.js";
import type { CauseKind } from "./causes/text.js";

/** A line of the text that shows a cause. */
export interface EvidenceLine {
  /** Number of the line, from 1; 0 if there is no text, or for a fact of the report. */
  readonly line: number;
  /** The line, shortened. */
  readonly text: string;
}

/** A cause that fits the text. */
export interface Candidate {
  /** A check id of docs/checks.md, or an id of docs/explain.md or docs/doctor.md; stable. */
  readonly id: CauseId;
  readonly kind: CauseKind;
  /**
   * `certain`: a line names the cause. `likely`: the first of few. `possible`: it fits too, or the line
   * names only a step and an errno.
   */
  readonly confidence: Confidence;
  /** What is wrong, in one sentence without a full stop. */
  readonly cause: string;
  /** At most three lines that show it. */
  readonly evidence: readonly EvidenceLine[];
  /** How many lines show it. */
  readonly count: number;
  /** The fact that proves or excludes this cause. */
  readonly decides: string;
  /** What to change, one step per line. */
  readonly fix: readonly string[];
}

/** A cause that fits the text, but not the facts. */
export interface ExcludedCause {
  readonly id: CauseId;
  /** The fact that excludes it. */
  readonly why: string;
}

/** The answer of {@link explainText} and {@link explainErrno}. */
export interface Explanation {
  /** The answer in one sentence. */
  readonly verdict: string;
  /** Whether the most likely cause concerns a token, does not, or whether this is unknown. */
  readonly token: "yes" | "no" | "unknown";
  /** Causes in order of likelihood. */
  readonly candidates: readonly Candidate[];
  /** Causes that fit the text, and that a report or the text itself excludes. */
  readonly excluded: readonly ExcludedCause[];
  /** Messages that look like errors and are not the reason. */
  readonly harmless: readonly Candidate[];
  /** What the text cannot show, and how to get it. */
  readonly unknown: readonly string[];
  /** Number of lines read. */
  readonly lines: number;
}
