// SPDX-License-Identifier: MIT

import { holds } from "../doctor/capabilities.js";
import type { Lack } from "../doctor/finding.js";
import { capabilitySettings } from "../doctor/settings.js";
import { permissionCauses } from "../explain/causes/permission.js";
import { verifierRules } from "../explain/rules/verifier.js";
import type { Facts } from "../facts.js";
import { lacksCapability } from "./lacks.js";

/** What makes the verifier accept a program, and how the finding changes. */
export interface Cure {
  readonly because?: string;
  readonly id?: string;
  readonly fix: readonly string[];
  readonly lacks?: readonly Lack[];
}

/** Helpers that lockdown removes, with the modes that do. */
const locked: readonly (readonly [RegExp, RegExp])[] = [
  [/bpf_probe_write_user/, /^(?:integrity|confidentiality)$/],
  [/bpf_probe_read/, /^confidentiality$/],
];

/**
 * Says what cures the reason of a verifier's log: another boot setting, or a capability that the
 * process lacks. Undefined if neither does.
 */
export function cureOf(
  line: string,
  facts: Facts | undefined,
  hasToken: boolean,
): Cure | undefined {
  if (facts === undefined) return undefined;
  const { lockdown } = facts;
  const { fix } = permissionCauses["doctor.lockdown"];
  const [, modes] = locked.find(([helper]) => helper.test(line)) ?? [];
  if (lockdown !== undefined && modes?.test(lockdown)) {
    return {
      id: "doctor.lockdown",
      because: `; lockdown is in ${lockdown} mode and removes this helper for everybody`,
      fix,
    };
  }
  const rule = verifierRules.find(({ find }) => find.exec(line) !== null);
  if (rule?.causes[0] !== "explain.verifier_capability") return undefined;
  const name = /CAP_BPF|function calls|back-edge/.test(line) ? "BPF" : "PERFMON";
  const counts = hasToken || facts.userns.initial;
  if (counts && holds(facts, name)) {
    if (modes === undefined || lockdown !== undefined) return undefined;
    return { because: "; lockdown may remove this helper, and its mode is not known here", fix };
  }
  const where = hasToken ? "its user namespace" : "the initial user namespace";
  return {
    because: `; it accepts this from a caller with CAP_${name}`,
    fix: capabilitySettings(facts.manager, [name], where),
    lacks: [lacksCapability(name)],
  };
}
