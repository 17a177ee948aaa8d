// SPDX-License-Identifier: MIT
import type { CauseId } from "../cause.js";

/** What a line of text means. The first rule that matches a line counts. */
export interface Rule {
  readonly find: RegExp;
  /** The causes that fit, most likely first. */
  readonly causes: readonly CauseId[];
  /** 3: the line names the cause. 2: only few causes fit. 1: the line names only an errno. */
  readonly strength: 1 | 2 | 3;
  /** The first cause in the words of the line. */
  readonly says?: (match: RegExpExecArray) => string;
}

/** Names of EPERM in texts of loaders. */
export const EPERM: string = String.raw`(?:operation not permitted|-?EPERM\b|os error 1\b|-1 EPERM)`;
/** Names of EACCES. */
export const EACCES: string = String.raw`(?:permission denied|-?EACCES\b|os error 13\b)`;

/** A pattern of parts; case is ignored. */
export const pattern = (...parts: readonly string[]): RegExp => new RegExp(parts.join(""), "i");

/** A text of a log as part of a sentence: at most 160 characters, without control characters. */
export function quoted(text: string | undefined): string {
  const clean = (text ?? "").replace(/[\p{Cc}\p{Cf}]/gu, " ").trim();
  return clean.length > 160 ? `${clean.slice(0, 157)}...` : clean;
}
