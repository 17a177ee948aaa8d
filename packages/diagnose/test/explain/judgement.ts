// SPDX-License-Identifier: MIT
// Compares answers with what a reader judged before the program answered.
import { explainText } from "../../src/index.ts";
import type { Case } from "./cases.ts";

export type Mark = "right" | "honest" | "missed" | "wrong" | "wrong and certain";

/** Splits a judgement: `a|b|?c` accepts a and b, and c if the answer is not certain. */
export function parseJudged(judged: string): {
  readonly right: string[];
  readonly maybe: string[];
} {
  const at = judged.indexOf("?");
  const [right, maybe] = at < 0 ? [judged, ""] : [judged.slice(0, at), judged.slice(at + 1)];
  const ids = (text: string) => text.split("|").filter((id) => id !== "");
  return { right: ids(right), maybe: ids(maybe) };
}

/** An answer: its id, `none` without a cause, and harmless causes as such. */
export function answerOf(text: string): { readonly id: string; readonly isCertain: boolean } {
  const { candidates, harmless } = explainText(text);
  const first = candidates[0] ?? harmless[0];
  return { id: first?.id ?? "none", isCertain: candidates[0]?.confidence === "certain" };
}

/** Marks the answer to a text with the judgement of a case. */
export function mark({ judged = "" }: Case, text: string): Mark {
  const { right, maybe } = parseJudged(judged);
  const { id, isCertain } = answerOf(text);
  if (right.includes(id)) return "right";
  if (!isCertain && maybe.includes(id)) return "honest";
  if (id === "none") return right.length === 0 ? "honest" : "missed";
  return isCertain ? "wrong and certain" : "wrong";
}
