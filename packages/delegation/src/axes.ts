// SPDX-License-Identifier: MIT
import type { DelegationEnum } from "@bpf-token/uapi/names";

/** One of the four delegate masks, by the word of its mount option `delegate_…`. */
export type DelegationAxis = "cmds" | "maps" | "progs" | "attachs";

/** The enum and the names of the bits of a delegate mask. */
export interface AxisInfo {
  /** The enum whose members are the bits of the mask. */
  readonly kind: DelegationEnum;
  /** The prefix of the names in the kernel's headers; mount options take the names without it. */
  readonly prefix: string;
  /** The term for one bit, used in messages: `map type`. */
  readonly what: string;
}

/**
 * The four delegate masks, by axis. Linux has them since 6.9.
 *
 * @example
 * ```ts
 * delegationAxes.maps.prefix; // "BPF_MAP_TYPE_"
 * ```
 */
export const delegationAxes: Readonly<Record<DelegationAxis, AxisInfo>> = {
  cmds: { kind: "bpf_cmd", prefix: "BPF_", what: "command" },
  maps: { kind: "bpf_map_type", prefix: "BPF_MAP_TYPE_", what: "map type" },
  progs: { kind: "bpf_prog_type", prefix: "BPF_PROG_TYPE_", what: "program type" },
  attachs: { kind: "bpf_attach_type", prefix: "BPF_", what: "attach type" },
};

/**
 * The names of the four masks in the kernel's order: `cmds`, `maps`, `progs`, `attachs`.
 *
 * @example
 * ```ts
 * const options = axisNames.map((axis) => `delegate_${axis}=any`);
 * ```
 */
export const axisNames: readonly DelegationAxis[] = ["cmds", "maps", "progs", "attachs"];

/**
 * Returns whether a word is the name of a delegate mask.
 *
 * @example
 * ```ts
 * isDelegationAxis("maps"); // true
 * ```
 */
export function isDelegationAxis(word: string): word is DelegationAxis {
  return Object.hasOwn(delegationAxes, word);
}
