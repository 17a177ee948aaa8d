// SPDX-License-Identifier: MIT
import type { Divergence } from "@bpf-token/scenario";

/** Returns whether a difference is only the number of a file descriptor, caused by an earlier difference. */
export function renumbered({ a, b }: Divergence): boolean {
  return /^fd \d/.test(a) && /^fd \d/.test(b);
}
