// SPDX-License-Identifier: MIT
import { axisNames } from "./axes.js";
import { type Delegation, type DelegationMasks, delegationMasks, delegationOf } from "./masks.js";

/** How a delegation differs from another one. See {@link compareDelegations}. */
export interface DelegationDifference {
  /** What is required but not delegated. */
  readonly missing: Delegation;
  /** What is delegated but not required. */
  readonly superfluous: Delegation;
}

/**
 * Compares what is required with what is delegated. `any` counts as all 64 bits.
 *
 * @throws DelegationError for an unknown name.
 * @example
 * ```ts
 * compareDelegations({ maps: ["hash", "array"] }, { maps: ["array", "ringbuf"] });
 * // { missing: { maps: ["hash"] }, superfluous: { maps: ["ringbuf"] } }
 * ```
 */
export function compareDelegations(required: Delegation, actual: Delegation): DelegationDifference {
  const [needed, given] = [delegationMasks(required), delegationMasks(actual)];
  return {
    missing: delegationOf(combine(needed, given, (a, b) => a & ~b)),
    superfluous: delegationOf(combine(given, needed, (a, b) => a & ~b)),
  };
}

/**
 * Returns whether two delegations have the same bits.
 *
 * @throws DelegationError for an unknown name.
 * @example
 * ```ts
 * sameDelegation({ maps: ["hash"] }, { maps: [MapType.HASH], cmds: [] }); // true
 * ```
 */
export function sameDelegation(a: Delegation, b: Delegation): boolean {
  const [left, right] = [delegationMasks(a), delegationMasks(b)];
  return axisNames.every((axis) => left[axis] === right[axis]);
}

/**
 * Returns what any of several delegations delegates, such as the needs of several objects.
 *
 * @throws DelegationError for an unknown name.
 * @example
 * ```ts
 * unionDelegations({ maps: ["hash"] }, { maps: ["array"] }); // { maps: ["hash", "array"] }
 * ```
 */
export function unionDelegations(...delegations: readonly Delegation[]): Delegation {
  const none: DelegationMasks = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
  return delegationOf(
    delegations.map(delegationMasks).reduce((all, one) => combine(all, one, (a, b) => a | b), none),
  );
}

function combine(
  a: DelegationMasks,
  b: DelegationMasks,
  of: (a: bigint, b: bigint) => bigint,
): DelegationMasks {
  return {
    cmds: of(a.cmds, b.cmds),
    maps: of(a.maps, b.maps),
    progs: of(a.progs, b.progs),
    attachs: of(a.attachs, b.attachs),
  };
}
