// SPDX-License-Identifier: MIT
import {
  type KernelRelease,
  kernelReleases,
  knownMask,
  newestRelease,
} from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes } from "./axes.js";
import { bitsOf, type Delegation, delegationMasks } from "./masks.js";
import { ALL_BITS, bitName, bitOf } from "./names.js";

/** The only commands that use a token: three since Linux 6.9, BTF_GET_FD_BY_ID since 6.15. */
const useful: readonly string[] = ["map_create", "prog_load", "btf_load", "btf_get_fd_by_id"];

/**
 * Returns what is suspicious about a delegation, as sentences: commands that no token unlocks, types
 * without their command, names that a release lacks, and masks that were once all bits.
 *
 * @param release - the release that the delegation is for. Default: the newest known one.
 * @throws DelegationError for an unknown name, RangeError for an unknown release.
 * @example
 * ```ts
 * lintDelegation({ cmds: ["obj_get"] }); // ["obj_get has no effect: …"]
 * ```
 */
export function lintDelegation(
  delegation: Delegation,
  release: KernelRelease = newestRelease,
): readonly string[] {
  const masks = delegationMasks(delegation);
  const has = (name: string): boolean =>
    ((masks.cmds >> BigInt(bitOf("cmds", name) ?? 64)) & 1n) === 1n;
  const needs = (axis: DelegationAxis, cmd: string): readonly string[] =>
    masks[axis] === 0n || has(cmd) ? [] : [`${axis} has no effect without the command ${cmd}`];
  return [
    ...inertCommands(masks.cmds),
    ...needs("maps", "map_create"),
    ...needs("progs", "prog_load"),
    ...(has("map_create") && masks.maps === 0n ? ["map_create has no effect without maps"] : []),
    ...(has("prog_load") && (masks.progs === 0n || masks.attachs === 0n)
      ? ["prog_load needs progs and attachs; without an attach type, cgroup_inet_ingress"]
      : []),
    ...axisNames.flatMap((axis) => [
      ...unknownBits(axis, masks[axis], release),
      ...formerAll(axis, masks[axis], release),
    ]),
  ];
}

function inertCommands(mask: bigint): readonly string[] {
  if (mask === ALL_BITS) return [];
  const names = bitsOf(mask).flatMap((bit) => bitName("cmds", bit) ?? []);
  const inert = names.filter((name) => !useful.includes(name));
  if (inert.length === 0) return [];
  const verb = inert.length === 1 ? "has" : "have";
  return [`${inert.join(", ")} ${verb} no effect: only ${useful.join(", ")} use a token`];
}

function unknownBits(
  axis: DelegationAxis,
  mask: bigint,
  release: KernelRelease,
): readonly string[] {
  if (mask === ALL_BITS) return [];
  const { what } = delegationAxes[axis];
  return bitsOf(mask)
    .filter((bit) => bitName(axis, bit, release) === undefined)
    .map((bit) => {
      const name = bitName(axis, bit);
      if (name === undefined) return `${what} ${bit} has no name in Linux ${release}`;
      return `Linux ${release} does not know the ${what} ${name} and refuses its name`;
    });
}

/** A mask with all bits of an older release was probably meant as `any`. */
function formerAll(axis: DelegationAxis, mask: bigint, release: KernelRelease): readonly string[] {
  const { kind, what } = delegationAxes[axis];
  const now = knownMask(kind, release);
  const older = kernelReleases.find((one) => knownMask(kind, one) === mask);
  if (older === undefined || mask === now) return [];
  return [`${axis} has every ${what} of Linux ${older}, but not those after it; was 'any' meant?`];
}
