// SPDX-License-Identifier: MIT
import { type DelegationEnum, type MemberRow, memberTable } from "./generated/members.js";
import type { KernelRelease } from "./generated/releases.js";
import { releaseCode } from "./releases.js";

/** A member of an enum. */
export interface EnumMember {
  /** Its name without prefix, in the kernel's spelling: `MAP_CREATE`. */
  readonly name: string;
  /** Its value: the number of its bit in a mask. */
  readonly value: number;
}

/**
 * The members that a release has, in the kernel's order of declaration.
 *
 * Where two names have one value, the first of them is the one that the kernel prints
 * (rule RN-06: `cgroup_storage_deprecated`, `prog_test_run`).
 *
 * @throws RangeError for an unknown enum or release.
 */
export function enumMembers(kind: DelegationEnum, release: KernelRelease): readonly EnumMember[] {
  const code = releaseCode(release);
  return rows(kind)
    .filter(([, , since, until]) => since <= code && (until === undefined || code < until))
    .map(([name, value]) => ({ name, value }));
}

/**
 * One more than the highest value: what the kernel calls `__MAX_BPF_CMD` and so on. The numbers
 * stand in section 0.3 of the specification.
 *
 * @throws RangeError for an unknown enum or release.
 */
export function enumBound(kind: DelegationEnum, release: KernelRelease): number {
  return Math.max(...enumMembers(kind, release).map((m) => m.value)) + 1;
}

/**
 * The mask of all bits that a release knows, 2^bound - 1.
 *
 * @throws RangeError for an unknown enum or release.
 */
export function knownMask(kind: DelegationEnum, release: KernelRelease): bigint {
  return (1n << BigInt(enumBound(kind, release))) - 1n;
}

function rows(kind: DelegationEnum): readonly MemberRow[] {
  if (Object.hasOwn(memberTable, kind)) return memberTable[kind];
  const known = Object.keys(memberTable).join(", ");
  throw new RangeError(`'${kind}' is not an enum of delegation; those are ${known}`);
}
