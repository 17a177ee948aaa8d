// SPDX-License-Identifier: MIT
import { nearest as near } from "@bpf-token/uapi";

/**
 * The word of a list that was most likely meant: the nearest one, or, for short words, one with the
 * same letters in another order.
 *
 * @returns undefined if none is near.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  return near(word, all) ?? all.find((candidate) => letters(candidate) === letters(word));
}

/** `did you mean 'x'?`, or the whole list if it is short, or undefined. */
export function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...new Set(candidates)];
  const meant = nearest(word, all);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  return all.length > 0 && all.length <= 8 ? `known: ${all.join(", ")}` : undefined;
}

function letters(word: string): string {
  return [...word.slice(0, 64).toLowerCase()].sort().join("");
}
