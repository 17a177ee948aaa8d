// SPDX-License-Identifier: MIT
import { type ObjectSpec, objectNeeds, verifierNeeds } from "@bpf-token/object";
import type { CapabilityName, KernelRelease } from "@bpf-token/uapi";
import type { Facts } from "../facts.js";
import { effectiveText, suffices } from "./capabilities.js";
import type { Part } from "./doctor.js";
import type { Finding } from "./finding.js";
import { capabilityGaps } from "./objects.js";
import { initialFix } from "./settings.js";

/**
 * Findings for a process in the initial user namespace. It cannot create a token (TC-09): its
 * capabilities decide.
 */
export function findForInitial(
  facts: Facts,
  objects: ReadonlyMap<string, ObjectSpec>,
  release: KernelRelease,
): Part {
  const wanted = new Set<CapabilityName>(["BPF"]);
  const assumed: Finding[] = [];
  for (const [file, object] of objects) {
    for (const name of objectNeeds(object).capabilities) {
      wanted.add(name.toUpperCase() as CapabilityName);
    }
    const needs = verifierNeeds(object, { release });
    const isAssumed = needs.some(({ basis }) => basis === "assumed");
    if (isAssumed) assumed.push(...capabilityGaps(facts, file, needs));
    else if (needs.length > 0) wanted.add("PERFMON");
  }
  const lacking = [...wanted].filter((name) => !suffices(facts, name));
  if (lacking.length === 0) return { findings: [...assumed, note(facts)] };
  const open = facts.unprivilegedBpfDisabled === 0 && lacking.every((name) => name === "BPF");
  const caps = lacking.map((name) => `CAP_${name}`).join(" and ");
  const finding: Finding = {
    id: "token.create.init_ns",
    severity: open ? "warning" : "error",
    confidence: open ? "possible" : "certain",
    cause: open
      ? "the process lacks CAP_BPF; with kernel.unprivileged_bpf_disabled at 0, some maps and programs need none"
      : `the process lacks ${caps}, and the initial user namespace has no tokens`,
    evidence: [`user namespace: ${facts.userns.inode}, the initial one`, effectiveText(facts)],
    fix: initialFix(facts, lacking),
  };
  return { findings: [finding, ...assumed] };
}

const note = (facts: Facts): Finding => ({
  id: "token.create.init_ns",
  severity: "note",
  confidence: "certain",
  cause: "the process is in the initial user namespace, where its capabilities decide",
  evidence: [`user namespace: ${facts.userns.inode}, the initial one`, effectiveText(facts)],
  fix: [],
});
