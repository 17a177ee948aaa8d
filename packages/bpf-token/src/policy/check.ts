// SPDX-License-Identifier: MIT
import {
  axisNames,
  compareDelegations,
  type Delegation,
  type DelegationItem,
  lacksCapability,
  type SettledCapabilities,
} from "@bpf-token/delegation";
import type { Policy, PolicyReason } from "./policy.js";

/** How settings differ from the least policy. Returned by {@link checkPolicy}. */
export interface PolicyCheck {
  /** What the policy has and the settings lack, with the consequence. */
  readonly missing: readonly PolicyReason[];
  /** What the settings give beyond the policy, as `maps hash` or `caps sys_admin`. */
  readonly superfluous: readonly string[];
}

/**
 * Compares settings with the least policy.
 *
 * @param held - what the settings say about capabilities; mount options say nothing.
 * @throws DelegationError for an unknown name in the settings.
 * @example
 * ```ts
 * const parsed = parseDelegation(unit);
 * for (const { axis, name, without } of checkPolicy(policy, parsed.delegation, parsed).missing) {
 *   console.log(axis, name, without);
 * }
 * ```
 */
export function checkPolicy(
  policy: Policy,
  delegation: Delegation,
  held: SettledCapabilities = {},
): PolicyCheck {
  const { missing, superfluous } = compareDelegations(policy.delegation, delegation);
  const lacks = ({ axis, name }: PolicyReason): boolean => {
    if (axis === "caps") return lacksCapability(held, name);
    const items = missing[axis] ?? [];
    return items === "any" ? true : items.some((item: DelegationItem) => String(item) === name);
  };
  const isAny = ({ axis, name }: PolicyReason): boolean =>
    axis !== "caps" && name === "any" && missing[axis] !== undefined;
  return {
    missing: policy.reasons.filter((reason) => lacks(reason) || isAny(reason)),
    superfluous: [
      ...axisNames.flatMap((axis) => namesOf(axis, superfluous, delegation)),
      ...(held.capabilities ?? [])
        .filter((name) => !policy.capabilities.includes(name))
        .map((name) => `caps ${name}`),
    ],
  };
}

/** `any` is one line, not a line for each bit. */
function namesOf(
  axis: (typeof axisNames)[number],
  superfluous: Delegation,
  given: Delegation,
): readonly string[] {
  const items = superfluous[axis];
  if (items === undefined) return [];
  if (items === "any" || given[axis] === "any") return [`${axis} any`];
  return items.map((item: DelegationItem) => `${axis} ${item}`);
}
