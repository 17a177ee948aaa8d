// SPDX-License-Identifier: MIT
import { addMasks, axisNames, type DelegationMasks, formatMask } from "@bpf-token/delegation";
import type { Finding } from "@bpf-token/diagnose";
import type { Access } from "./access.js";
import type { AuditedAccess } from "./index.js";
import type { Use } from "./narrowing.js";

/** Adds to a row what it was seen to use, and a finding if that is less than it has. */
export function withUse(row: AuditedAccess, use: Use): AuditedAccess {
  const finding = unused(row.access, use);
  if (finding === undefined) return { ...row, use };
  const worst = row.worst === "ok" ? finding.severity : row.worst;
  return { ...row, use, worst, findings: [...row.findings, finding] };
}

/** A note, because the processes may call more at another time. */
function unused(access: Access, { used, proven, ...use }: Use): Finding | undefined {
  const { masks, owner, processes } = access;
  const parts = axisNames.filter((axis) => (masks[axis] & ~used[axis]) !== 0n);
  if (proven !== true || parts.length === 0) return undefined;
  const without = (axis: (typeof axisNames)[number]): string =>
    `${formatMask(axis, masks[axis] & ~used[axis])} in delegate_${axis}`;
  return {
    id: "audit.unused",
    severity: "note",
    confidence: "possible",
    cause: `in ${use.seconds} s its calls did not use ${parts.map(without).join(", ")}`,
    evidence: [
      `followed: ${use.traced} of ${processes} process${processes === 1 ? "" : "es"}`,
      `different calls with a token: ${use.calls}`,
      "the model answers all of them as before without these bits",
    ],
    fix: [
      ...addMasks(owner?.kind, changed(parts, used)),
      ...parts.filter((axis) => used[axis] === 0n).map((axis) => `remove delegate_${axis}`),
      "first see its calls from its start: bpf-token trace -o FILE -- COMMAND, then bpf-token policy --from FILE",
    ],
  };
}

function changed(
  parts: readonly (typeof axisNames)[number][],
  used: DelegationMasks,
): Partial<DelegationMasks> {
  return Object.fromEntries(parts.map((axis) => [axis, used[axis]]));
}
