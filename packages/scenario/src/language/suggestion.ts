// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi";

/** `did you mean 'x'?`, or the whole list if it is short, or undefined. */
export function suggestion(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...new Set(candidates)];
  const meant = nearest(word, all);
  if (meant !== undefined) return `did you mean '${meant}'?`;
  return all.length > 0 && all.length <= 8 ? `known: ${all.join(", ")}` : undefined;
}
