// SPDX-License-Identifier: MIT
import { Capability, type CapabilityName } from "@bpf-token/uapi";
import type { Facts } from "../facts.js";

/** Whether a capability is in the effective set. */
export function holds({ capabilities }: Facts, name: CapabilityName): boolean {
  return ((BigInt(`0x${capabilities.effective}`) >> BigInt(Capability[name])) & 1n) === 1n;
}

/** Whether bpf() accepts the effective set for a capability: CAP_SYS_ADMIN replaces it (CC-02). */
export const suffices = (facts: Facts, name: CapabilityName): boolean =>
  holds(facts, name) || holds(facts, "SYS_ADMIN");

/** The effective set as evidence: `CapEff: 0000008000001000 (CAP_NET_ADMIN, CAP_BPF)`. */
export function effectiveText(facts: Facts): string {
  const names = (Object.keys(Capability) as CapabilityName[]).filter((name) => holds(facts, name));
  const text =
    names.length > 6 ? `${names.length} capabilities` : names.map((n) => `CAP_${n}`).join(", ");
  return `CapEff: ${facts.capabilities.effective} (${text === "" ? "none" : text})`;
}
