// SPDX-License-Identifier: GPL-2.0-only
import { nearest } from "@bpf-token/uapi";

/** The message about a word that is not among the known ones. */
export function unknownWord(what: string, word: string, words: readonly string[]): string {
  const guess = nearest(word, words);
  const hint = guess === undefined ? "" : `; did you mean '${guess}'?`;
  return `unknown ${what} '${word}'${hint} (known: ${words.join(", ")})`;
}
