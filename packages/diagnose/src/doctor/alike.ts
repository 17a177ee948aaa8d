// SPDX-License-Identifier: MIT
import type { BpffsFact } from "../facts.js";

/** How many kinds of BPF filesystems the model judges: each takes about a millisecond. */
export const MOST_KINDS = 256;

/** The BPF filesystems from which TOKEN_CREATE gives the same answer. */
export interface AlikeMounts {
  /** The first of them. */
  readonly mount: BpffsFact;
  /** How many more there are. */
  readonly others: number;
}

/** What decides about the answer, as text: the owner, the masks, and whether all of it is mounted. */
export const kindOf = ({ root, onHost, delegates }: BpffsFact): string =>
  JSON.stringify([root === "/", onHost ?? null, Object.entries(delegates).sort()]);

/** Groups BPF filesystems by {@link kindOf}, in the order in which each kind first appears. */
export function groupAlike(mounts: readonly BpffsFact[]): readonly AlikeMounts[] {
  const groups = new Map<string, { readonly mount: BpffsFact; others: number }>();
  for (const mount of mounts) {
    const kind = kindOf(mount);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, { mount, others: 0 });
    else group.others++;
  }
  return [...groups.values()];
}
