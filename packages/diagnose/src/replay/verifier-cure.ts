// SPDX-License-Identifier: MIT

import { BpfCmd, callNeeds, HelperId } from "@bpf-token/uapi";
import { holds, suffices } from "../doctor/capabilities.js";
import type { Lack } from "../doctor/finding.js";
import { capabilitySettings } from "../doctor/settings.js";
import { instructionsOf } from "../evidence/from-recording.js";
import type { TracedCall } from "../evidence/traced-call.js";
import { permissionCauses } from "../explain/causes/permission.js";
import { verifierRules } from "../explain/rules/verifier.js";
import type { Facts } from "../facts.js";
import { lacksCapability } from "./lacks.js";
import { field, hasTokenFlag } from "./translate.js";

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
  const { capability: name = "PERFMON" } = rule;
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

/**
 * Says which capability the verifier asks for because of a helper that the program calls. Undefined if the
 * process has it.
 */
export function cureOfHelpers(call: TracedCall, facts: Facts | undefined): Cure | undefined {
  if (facts === undefined) return undefined;
  const { helpers = [] } = instructionsOf(call, field(call, "insn_cnt")) ?? {};
  const progType = field(call, "prog_type");
  const { capabilities } = callNeeds({ cmd: BpfCmd.PROG_LOAD, progType, helpers });
  const hasToken = hasTokenFlag(call);
  const counts = hasToken || facts.userns.initial;
  const needed = capabilities.find(
    ({ name, helper }) => helper !== undefined && !(counts && suffices(facts, name)),
  );
  if (needed === undefined) return undefined;
  const helper = Object.entries(HelperId).find(([, id]) => id === needed.helper)?.[0];
  const where = hasToken ? "its user namespace" : "the initial user namespace";
  return {
    because: `; it accepts bpf_${helper}() only from a caller with CAP_${needed.name}`,
    fix: capabilitySettings(facts.manager, [needed.name], where),
    lacks: [lacksCapability(needed.name)],
  };
}
