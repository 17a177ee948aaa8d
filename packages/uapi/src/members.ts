// SPDX-License-Identifier: MIT
import { type DelegationEnum, type MemberRow, memberTable } from "./generated/members.js";
import type { KernelRelease } from "./generated/releases.js";
import { releaseCode } from "./releases.js";

/** A member of one of the four enums that a token delegates. See {@link enumMembers}. */
export interface EnumMember {
  /** The kernel's name without prefix: `MAP_CREATE`. */
  readonly name: string;
  /** The value, which is also the number of its bit in a delegate mask. */
  readonly value: number;
}

/**
 * Returns the enum members that a kernel release has, in the kernel's order of declaration.
 *
 * Where two names share a value, the kernel prints the first one (rule RN-06:
 * `cgroup_storage_deprecated`, `prog_test_run`).
 *
 * @throws RangeError for an unknown enum or release.
 * @example
 * ```ts
 * enumMembers("bpf_cmd", "6.9").at(-1); // { name: "TOKEN_CREATE", value: 36 }
 * ```
 */
export function enumMembers(kind: DelegationEnum, release: KernelRelease): readonly EnumMember[] {
  const code = releaseCode(release);
  return rows(kind)
    .filter(([, , since, until]) => since <= code && (until === undefined || code < until))
    .map(([name, value]) => ({ name, value }));
}

/**
 * Returns the highest value plus one, which the kernel calls `__MAX_BPF_CMD` and so on. Section 0.3
 * of the specification lists these bounds.
 *
 * @throws RangeError for an unknown enum or release.
 * @example
 * ```ts
 * enumBound("bpf_cmd", "6.9"); // 37
 * ```
 */
export function enumBound(kind: DelegationEnum, release: KernelRelease): number {
  return Math.max(...enumMembers(kind, release).map((m) => m.value)) + 1;
}

/**
 * Returns the mask of all bits that a kernel release knows: 2^bound - 1.
 *
 * @throws RangeError for an unknown enum or release.
 * @example
 * ```ts
 * knownMask("bpf_map_type", "6.18"); // 0x3ffffffffn
 * ```
 */
export function knownMask(kind: DelegationEnum, release: KernelRelease): bigint {
  return (1n << BigInt(enumBound(kind, release))) - 1n;
}

/**
 * Returns the first release of Linux that has a value of an enum, of which 6.9 is the oldest with
 * tokens.
 *
 * @returns `undefined` for a value that is older than tokens, and for one without a name.
 * @throws RangeError for an unknown enum.
 * @example
 * ```ts
 * memberSince("bpf_attach_type", AttachType.TRACE_UPROBE_SESSION); // "6.13"
 * ```
 */
export function memberSince(kind: DelegationEnum, value: number): string | undefined {
  const code = rows(kind).find((row) => row[1] === value)?.[2] ?? 0;
  if (code === 0) return undefined;
  return code < 1000 ? "6.9" : `${Math.floor(code / 1000)}.${code % 1000}`;
}

function rows(kind: DelegationEnum): readonly MemberRow[] {
  if (Object.hasOwn(memberTable, kind)) return memberTable[kind];
  const known = Object.keys(memberTable).join(", ");
  throw new RangeError(`'${kind}' is not an enum that a token delegates; use one of ${known}`);
}
