// SPDX-License-Identifier: MIT
import { capabilityNames, delegationOf } from "@bpf-token/delegation";
import type { Change } from "../../../audit/changes.js";
import type { Audit, AuditedAccess } from "../../../audit/index.js";
import { reachOf } from "../../../policy/reach.js";
import { withPage } from "../../text/finding-page.js";
import { sarifOf } from "../../text/sarif.js";

/** An audit as plain data. */
export const jsonOf = ({ rows, unknown, processes }: Audit): object => ({
  processes,
  delegations: rows.map(rowOf),
  unknown,
});

function rowOf({ access, findings, use }: AuditedAccess): object {
  const { who, owner, userns, hostNetwork, onHost, masks, capabilities } = access;
  const union = (of: "held" | "reachable"): readonly string[] =>
    capabilityNames(capabilities.reduce((all, one) => all | one[of], 0n));
  return {
    ...{ who, owner, userns, hostNetwork, onHost },
    processes: access.processes,
    first: access.first,
    capabilities: { held: union("held"), reachable: union("reachable") },
    delegates: delegationOf(masks),
    reaches: reachOf(masks),
    filesystems: access.filesystems,
    paths: access.paths,
    tokens: { open: access.tokens, unmounted: access.unmounted, passed: access.passed },
    ...(use === undefined ? {} : { use: { ...use, used: delegationOf(use.used) } }),
    findings: findings.map(withPage),
  };
}

/** A change of `audit --watch` as plain data, for a line of JSON. */
export function changeJson(change: Change): object {
  const schema = "bpf-token/audit-change@1";
  if (change.kind === "unseen") return { schema, change: change.kind, unknown: change.unknown };
  const { kind, row, ...rest } = change;
  return { schema, change: kind, ...rest, delegation: rowOf(row) };
}

/** The findings of an audit as SARIF 2.1.0. */
export const auditSarif = ({ rows }: Audit): object =>
  sarifOf(
    rows.map(({ access, findings }) => ({ diagnosis: { findings }, about: access.who })),
    "bpf-token audit",
  );
