// SPDX-License-Identifier: MIT
import type { Finding, HostSnapshot, Severity } from "@bpf-token/diagnose";
import { type Access, accessesOf, MOST_KINDS } from "./access.js";
import { judgeAccess } from "./judge.js";
import type { Use } from "./narrowing.js";

/** A row, and what is wrong with it. */
export interface AuditedAccess {
  readonly access: Access;
  readonly findings: readonly Finding[];
  /** The worst of the findings. */
  readonly worst: Severity | "ok";
  /** What its processes were seen to use, if they were followed. */
  readonly use?: Use;
}

/** The answer of {@link auditHost}. */
export interface Audit {
  /** The worst rows first. */
  readonly rows: readonly AuditedAccess[];
  readonly unknown: HostSnapshot["unknown"];
  readonly processes: number;
}

const order = ["error", "warning", "note", "ok"] as const;

/** Judges what a host delegates. */
export function auditHost(snapshot: HostSnapshot): Audit {
  const { rows, tooMany } = accessesOf(snapshot);
  const judged = rows.map((access) => {
    const findings = judgeAccess(access, snapshot);
    const worst = order.find((one) => findings.some(({ severity }) => severity === one)) ?? "ok";
    return { access, findings, worst };
  });
  const left = tooMany.map((who) => ({
    fact: `delegations of ${who}`,
    why: `it has more than ${MOST_KINDS} different ones, and audit judges the first`,
  }));
  return {
    rows: judged.sort((a, b) => order.indexOf(a.worst) - order.indexOf(b.worst)),
    unknown: [...left, ...snapshot.unknown],
    processes: snapshot.processes,
  };
}
