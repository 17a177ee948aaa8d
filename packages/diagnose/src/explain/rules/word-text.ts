// SPDX-License-Identifier: MIT

/** Stands for any character outside of ASCII: engines fold their case in ways of their own. */
export const OTHER = "\u0080";

/** A text in which words are looked for: that is faster than to compile an expression. */
export class WordText {
  readonly #lower: string;
  readonly #hasOther: boolean;

  constructor(text: string) {
    this.#lower = text.toLowerCase();
    this.#hasOther = /[^ -~\t]/.test(text);
  }

  /** Whether the text has one of some words in lower case, or there are none. */
  hasAny(words: readonly string[]): boolean {
    if (words.length === 0) return true;
    return words.some((one) => (one === OTHER ? this.#hasOther : this.#lower.includes(one)));
  }
}
