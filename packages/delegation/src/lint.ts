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

/** What is suspicious about a delegation. See {@link judgeDelegation}. */
export interface DelegationIssue {
  /**
   * - `inert_command`: no token check reads the bit
   * - `lacks_command`, `lacks_types`: the mask has no effect without another one
   * - `unknown_to_release`: the release refuses the name
   * - `unnamed_bit`: no known release has a name for the bit
   * - `former_all`: the mask has every bit of an older release
   */
  readonly id:
    | "former_all"
    | "inert_command"
    | "lacks_command"
    | "lacks_types"
    | "unknown_to_release"
    | "unnamed_bit";
  readonly axis: DelegationAxis;
  /** The bits that it is about. */
  readonly mask: bigint;
  readonly text: string;
}

/**
 * Returns what is suspicious about a delegation, as sentences. {@link judgeDelegation} returns the
 * same with the bits that each sentence is about.
 *
 * @param release - the release that the delegation is for. Default: the newest known one.
 * @throws DelegationError for an unknown name, RangeError for an unknown release.
 * @example
 * ```ts
 * lintDelegation({ cmds: ["obj_get"] }); // ["obj_get has no effect: …"]
 * ```
 */
export const lintDelegation = (
  delegation: Delegation,
  release: KernelRelease = newestRelease,
): readonly string[] => judgeDelegation(delegation, release).map(({ text }) => text);

/**
 * Returns what is suspicious about a delegation: commands that no token unlocks, types without their
 * command, names that a release lacks, and masks that were once all bits.
 *
 * @param release - the release that the delegation is for. Default: the newest known one.
 * @throws DelegationError for an unknown name, RangeError for an unknown release.
 * @example
 * ```ts
 * judgeDelegation({ cmds: ["obj_get"] })[0].id; // "inert_command"
 * ```
 */
export function judgeDelegation(
  delegation: Delegation,
  release: KernelRelease = newestRelease,
): readonly DelegationIssue[] {
  const masks = delegationMasks(delegation);
  const bitsOfCommand = (name: string): bigint =>
    masks.cmds & (1n << BigInt(bitOf("cmds", name) ?? 64));
  const lacksCommand = (axis: DelegationAxis, cmd: string): readonly DelegationIssue[] => {
    if (masks[axis] === 0n || bitsOfCommand(cmd) !== 0n) return [];
    const text = `${axis} has no effect without the command ${cmd}`;
    return [{ id: "lacks_command", axis, mask: masks[axis], text }];
  };
  const lacksTypes = (cmd: string, lacks: boolean, text: string): readonly DelegationIssue[] => {
    const mask = bitsOfCommand(cmd);
    return mask === 0n || !lacks ? [] : [{ id: "lacks_types", axis: "cmds", mask, text }];
  };
  return [
    ...inertCommands(masks.cmds),
    ...lacksCommand("maps", "map_create"),
    ...lacksCommand("progs", "prog_load"),
    ...lacksTypes("map_create", masks.maps === 0n, "map_create has no effect without maps"),
    ...lacksTypes(
      "prog_load",
      masks.progs === 0n || masks.attachs === 0n,
      "prog_load needs progs and attachs; without an attach type, cgroup_inet_ingress",
    ),
    ...axisNames.flatMap((axis) => [
      ...unknownBits(axis, masks[axis], release),
      ...formerAll(axis, masks[axis], release),
    ]),
  ];
}

const bit = (at: number): bigint => 1n << BigInt(at);

function inertCommands(mask: bigint): readonly DelegationIssue[] {
  if (mask === ALL_BITS) return [];
  const inert = bitsOf(mask).filter(
    (at) => !useful.includes(bitName("cmds", at) ?? useful[0] ?? ""),
  );
  if (inert.length === 0) return [];
  const verb = inert.length === 1 ? "has" : "have";
  const names = inert.map((at) => bitName("cmds", at)).join(", ");
  const text = `${names} ${verb} no effect: only ${useful.join(", ")} use a token`;
  const bits = inert.reduce((all, at) => all | bit(at), 0n);
  return [{ id: "inert_command", axis: "cmds", mask: bits, text }];
}

function unknownBits(
  axis: DelegationAxis,
  mask: bigint,
  release: KernelRelease,
): readonly DelegationIssue[] {
  if (mask === ALL_BITS) return [];
  const { what } = delegationAxes[axis];
  return bitsOf(mask)
    .filter((at) => bitName(axis, at, release) === undefined)
    .map((at) => {
      const name = bitName(axis, at);
      const issue = { axis, mask: bit(at) };
      if (name === undefined) {
        const text = `${what} ${at} has no name in Linux ${release}`;
        return { ...issue, id: "unnamed_bit", text } as const;
      }
      const text = `Linux ${release} does not know the ${what} ${name} and refuses its name`;
      return { ...issue, id: "unknown_to_release", text } as const;
    });
}

/** A mask with all bits of an older release was probably meant as `any`. */
function formerAll(
  axis: DelegationAxis,
  mask: bigint,
  release: KernelRelease,
): readonly DelegationIssue[] {
  const { kind, what } = delegationAxes[axis];
  const now = knownMask(kind, release);
  const older = kernelReleases.find((one) => knownMask(kind, one) === mask);
  if (older === undefined || mask === now) return [];
  const text = `${axis} has every ${what} of Linux ${older}, but not those after it; was 'any' meant?`;
  return [{ id: "former_all", axis, mask, text }];
}
