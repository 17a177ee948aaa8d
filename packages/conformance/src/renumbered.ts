// SPDX-License-Identifier: MIT
import type { Divergence } from "@bpf-token/scenario";

/** A descriptor that only has another number because an earlier step gave one, or did not. */
export function renumbered({ a, b }: Divergence): boolean {
  return /^fd \d/.test(a) && /^fd \d/.test(b);
}
