// SPDX-License-Identifier: MIT
import type { CallFinding } from "../replay/call-finding.js";
import type { Finding } from "./finding.js";
import type { ObservedProcess } from "./observer.js";

/** Findings for the calls that the kernel refused while the process was recorded, one per cause. */
export function refusedFindings({ refused, others }: ObservedProcess): readonly Finding[] {
  const groups = new Map<string, CallFinding[]>();
  for (const one of refused) {
    const key = `${one.severity} ${one.id} ${one.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const findings = [...groups.values()].map(([first, ...more]): Finding => {
    const { id, severity, confidence, cause, evidence, call, fix } = first as CallFinding;
    const count = more.length === 0 ? [] : [`${more.length} more calls with this cause`];
    return { id, severity, confidence, cause, evidence: [call, ...count, ...evidence], fix };
  });
  return others === 0 ? findings : [...findings, otherProcesses(others)];
}

const otherProcesses = (count: number): Finding => ({
  id: "doctor.processes",
  severity: "note",
  confidence: "certain",
  cause: `the kernel refused ${count === 1 ? "a call" : `${count} calls`} of other processes of the command too`,
  evidence: [],
  fix: ["`bpf-token trace -- COMMAND` explains the calls of all processes"],
});

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
