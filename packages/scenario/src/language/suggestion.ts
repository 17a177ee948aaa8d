// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi";

/**
 * Returns a hint for a wrong word: the nearest candidate, or all candidates if there are at most eight.
 *
 * @example
 * ```ts
 * suggestion("fsopne", ["fsopen", "fsmount"]); // "did you mean 'fsopen'?"
 * ```
 */
export function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...new Set(candidates)];
  const meant = nearest(word, all);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  return all.length > 0 && all.length <= 8 ? `known: ${all.join(", ")}` : undefined;
}
