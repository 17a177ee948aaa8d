// SPDX-License-Identifier: MIT
import type { Trace } from "@bpf-token/scenario";

/**
 * Returns each refused call of a run, with the decisions that led to its refusal.
 *
 * @param other - another run. The steps that it skipped are omitted.
 */
export function reasons({ events }: Trace, other?: Trace): readonly string[] {
  const skipped = other?.events.filter(({ outcome }) => outcome === "skipped") ?? [];
  const left = new Set(skipped.map(({ step }) => step));
  const refused = events.filter(({ errno, step }) => errno !== undefined && !left.has(step));
  return refused.map(({ step, call, errno, refusal, unexplained }) => {
    const chain = refusal?.chain.map(({ check }) => check).join(" ");
    // A real kernel has no reason of its own: this is the model's answer without a check.
    const why = unexplained?.reason.replace(/^the model .* names no check$/, "no reason");
    return `step ${step + 1}: ${call}: ${errno}: ${chain ?? why ?? "no reason"}`;
  });
}

/** Returns the certainties of the reasons in a run. */
export function certainties({ events }: Trace): ReadonlySet<string> {
  return new Set(events.flatMap(({ refusal }) => refusal?.certainty ?? []));
}
