// SPDX-License-Identifier: GPL-2.0-only
import { nearest } from "@bpf-token/uapi";

/** Formats the message about a word that is not in a list of known words. */
export function unknownWord(what: string, word: string, words: readonly string[]): string {
  const guess = nearest(word, words);
  const hint = guess === undefined ? "" : `; did you mean '${guess}'?`;
  return `unknown ${what} '${word}'${hint} (known: ${words.join(", ")})`;
}
