// SPDX-License-Identifier: MIT
import type { CallFinding } from "../replay/call-finding.js";
import type { Finding } from "./finding.js";
import type { ObservedProcess } from "./observer.js";

/** Findings for the calls that the kernel refused while the process was recorded, one per cause. */
export function refusedFindings({ refused, alike }: ObservedProcess): readonly Finding[] {
  const groups = new Map<string, CallFinding[]>();
  // Of what did no harm, an ignored token says more than a probe without one.
  const last = refused.filter((one) => one.severity === "note" && one.lacks?.[0]?.axis === "caps");
  for (const one of [...refused.filter((each) => !last.includes(each)), ...last]) {
    const key = `${one.severity} ${one.id} ${one.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(([first, ...more], i): Finding => {
    const { id, severity, confidence, cause, evidence, call, fix, lacks } = first as CallFinding;
    const count = more.length === 0 ? [] : [`${more.length} more calls with this cause`];
    const others = alike === 1 ? "1 more process" : `${alike} more processes`;
    const also = i > 0 || alike === 0 ? [] : [`${others} with these capabilities: the same`];
    return {
      id,
      severity,
      confidence,
      cause,
      evidence: [call, ...count, ...also, ...evidence],
      fix,
      ...(lacks && { lacks }),
    };
  });
}

/**
 * Drops what the recorded calls answer already: a TOKEN_CREATE that the model would refuse for the
 * reason that the kernel had, and that the initial user namespace has no tokens.
 */
export function withoutRepeated(
  findings: readonly Finding[],
  refused: readonly Finding[],
): readonly Finding[] {
  const ids = new Set(refused.map(({ id }) => id));
  if (refused.some(({ severity }) => severity === "error")) ids.add("token.create.init_ns");
  return findings.filter(({ id }) => !(id.startsWith("token.create.") && ids.has(id)));
}

/** Drops what may refuse calls, if a recorded call shows that it did. */
export function withoutErrors(
  findings: readonly Finding[],
  refused: readonly Finding[],
): readonly Finding[] {
  const ids = new Set(refused.map(({ id }) => id));
  return findings.filter(({ id }) => !ids.has(id));
}
