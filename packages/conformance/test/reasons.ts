// SPDX-License-Identifier: MIT
import type { Trace } from "@bpf-token/scenario";

/**
 * Each refused call of a run, and the decisions that led to its refusal.
 *
 * @param other - a run that left out steps: they are left out here as well.
 */
export function reasons({ events }: Trace, other?: Trace): readonly string[] {
  const skipped = other?.events.filter(({ outcome }) => outcome === "skipped") ?? [];
  const left = new Set(skipped.map(({ step }) => step));
  const refused = events.filter(({ errno, step }) => errno !== undefined && !left.has(step));
  return refused.map(({ step, call, errno, refusal, unexplained }) => {
    const chain = refusal?.chain.map(({ check }) => check).join(" ");
    return `step ${step + 1}: ${call}: ${errno}: ${chain ?? unexplained?.reason ?? "no reason"}`;
  });
}

/** How sure a run is of its reasons. */
export function certainties({ events }: Trace): ReadonlySet<string> {
  return new Set(events.flatMap(({ refusal }) => refusal?.certainty ?? []));
}
