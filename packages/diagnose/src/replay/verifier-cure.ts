// SPDX-License-Identifier: MIT

import { BpfCmd, callNeeds, HelperId } from "@bpf-token/uapi";
import { suffices } from "../doctor/capabilities.js";
import type { Lack } from "../doctor/finding.js";
import { capabilitySettings } from "../doctor/settings.js";
import { instructionsOf } from "../evidence/from-recording.js";
import type { TracedCall } from "../evidence/traced-call.js";
import { verifierRules } from "../explain/rules/verifier.js";
import type { Facts } from "../facts.js";
import { hasHelper, lockdownFix, lockedHelperIn, removes } from "../lockdown.js";
import { lacksCapability } from "./lacks.js";
import { field, hasTokenFlag } from "./translate.js";

/** What makes the verifier accept a program, and how the finding changes. */
export interface Cure {
  readonly because?: string;
  readonly id?: string;
  readonly fix: readonly string[];
  readonly lacks?: readonly Lack[];
}

/**
 * Says what cures the reason of a verifier's log: another boot setting, or a capability that the
 * process lacks. Undefined if neither does.
 */
export function cureOf(line: string, call: TracedCall, facts: Facts | undefined): Cure | undefined {
  if (facts === undefined) return undefined;
  const locked = lockedHelperIn(line);
  if (locked !== undefined && !hasHelper(field(call, "prog_type"), locked)) {
    return {
      because: `; only tracing programs have bpf_${locked.name}()`,
      fix: ["do not call this helper, or use a program type for tracing"],
    };
  }
  const capability = capabilityFor(line, call, facts);
  const removed = locked && removes(facts.lockdown, locked);
  if (locked !== undefined && removed === true) {
    return {
      ...capability,
      id: "doctor.lockdown",
      because: `; lockdown is in ${facts.lockdown} mode and removes this helper for everybody${capability?.because ?? ""}`,
      fix: [...lockdownFix(locked), ...(capability?.fix ?? [])],
    };
  }
  if (capability !== undefined || locked === undefined || removed === false) return capability;
  return {
    because: "; lockdown may remove this helper, and its mode is not known here",
    fix: lockdownFix(locked),
  };
}

/** The causes of a rejection that a capability cures. */
const capable: ReadonlySet<string> = new Set([
  "explain.verifier_capability",
  "verify.call.capable",
]);

/** The capability that a line of the verifier's log asks for; undefined if the process has it. */
function capabilityFor(line: string, call: TracedCall, facts: Facts): Cure | undefined {
  const helper = lockedHelperIn(line);
  const rule = verifierRules.find(({ find }) => find.exec(line) !== null);
  const { causes = [] } = rule ?? {};
  const asked = helper === undefined ? causes.slice(0, 1) : causes;
  if (rule === undefined || !asked.some((id) => capable.has(id))) return undefined;
  const { capability: name = helper?.inIntegrity === true ? "SYS_ADMIN" : "PERFMON" } = rule;
  const hasToken = hasTokenFlag(call);
  if ((hasToken || facts.userns.initial) && suffices(facts, name)) return undefined;
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
