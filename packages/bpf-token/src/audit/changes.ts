// SPDX-License-Identifier: MIT
// Changes between two audits of a host.
import type { Finding } from "@bpf-token/diagnose";
import { masksKey } from "./access.js";
import type { Audit, AuditedAccess } from "./index.js";

/** The id of a finding, and how bad it is: a warning that becomes an error is a change. */
export type Found = Pick<Finding, "id" | "severity">;

/** A row with other findings or tokens than before. */
export interface Changed {
  readonly kind: "changed";
  readonly row: AuditedAccess;
  /** The number of open tokens before, if it differs. */
  readonly tokens?: number;
  readonly found: readonly Found[];
  readonly mended: readonly Found[];
}

/** A fact that could be read before. */
export interface Unseen {
  readonly kind: "unseen";
  readonly unknown: Audit["unknown"][number];
}

/** One difference. */
export type Change =
  | { readonly kind: "new" | "gone"; readonly row: AuditedAccess }
  | Changed
  | Unseen;

/**
 * Compares two audits of a host. Processes that start and end are no change, as long as the container has
 * others with the same delegation.
 *
 * @returns what is new, then what changed, what is gone, and what cannot be read any more.
 */
export function changesBetween(before: Audit, after: Audit): readonly Change[] {
  const old = byKey(before.rows);
  const now = byKey(after.rows);
  const started: Change[] = [];
  const changed: Change[] = [];
  for (const [key, row] of now) {
    const known = old.get(key);
    if (known === undefined) started.push({ kind: "new", row });
    else changed.push(...difference(known, row));
  }
  const gone = [...old].filter(([key]) => !now.has(key));
  return [
    ...started,
    ...changed,
    ...gone.map(([, row]) => ({ kind: "gone", row }) as const),
    ...unseen(before.unknown, after.unknown),
  ];
}

/** A container that starts again has a new user namespace, and so another key. */
const byKey = (rows: readonly AuditedAccess[]): ReadonlyMap<string, AuditedAccess> =>
  new Map(
    rows.map((row) => {
      const { who, userns, masks, onHost, hostNetwork } = row.access;
      return [`${userns.inode} ${hostNetwork} ${onHost} ${masksKey(masks)} ${who}`, row];
    }),
  );

function difference(before: AuditedAccess, row: AuditedAccess): readonly Change[] {
  const found = without(row.findings, before.findings);
  const mended = without(before.findings, row.findings);
  const tokens = before.access.tokens;
  const same = tokens === row.access.tokens;
  if (same && found.length === 0 && mended.length === 0) return [];
  return [{ kind: "changed", row, found, mended, ...(same ? {} : { tokens }) }];
}

const without = (some: readonly Found[], others: readonly Found[]): readonly Found[] =>
  some
    .filter(({ id, severity }) => !others.some((o) => o.id === id && o.severity === severity))
    .map(({ id, severity }) => ({ id, severity }));

/** Facts count processes, so that only their words tell them apart. */
function unseen(before: Audit["unknown"], after: Audit["unknown"]): readonly Unseen[] {
  const keyOf = ({ fact, why }: Audit["unknown"][number]): string =>
    `${fact.replaceAll(/\d+/g, "N")} ${why}`;
  const known = new Set(before.map(keyOf));
  return after
    .filter((one) => !known.has(keyOf(one)))
    .map((unknown) => ({ kind: "unseen", unknown }));
}
