// SPDX-License-Identifier: MIT
import { type KernelRelease, nearest, newestRelease } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis, delegationAxes, isDelegationAxis } from "./axes.js";
import { DelegationError } from "./error.js";
import { ALL_BITS, adviseName, bitName, bitOf } from "./names.js";

/** One bit of a mask: a name in any case, with or without prefix, or the number of the bit. */
export type DelegationItem = string | number;

/** What one mask delegates: a list of bits, or every bit. */
export type DelegationItems = readonly DelegationItem[] | "any";

/**
 * A delegation: the one shape that every function of bpf-token accepts. An omitted mask delegates
 * nothing.
 *
 * A number is the value of the enum, such as `ProgType.XDP`. In text, such as a mount option, a
 * number is a whole mask, because the kernel reads it so.
 */
export interface Delegation {
  /** Commands: `["map_create", "prog_load"]`. */
  readonly cmds?: DelegationItems;
  /** Map types: `["array"]`. */
  readonly maps?: DelegationItems;
  /** Program types: `["xdp"]`. */
  readonly progs?: DelegationItems;
  /** Attach types: `["xdp"]`. */
  readonly attachs?: DelegationItems;
}

/** A delegation as four masks, bit N for value N. */
export type DelegationMasks = { readonly [axis in DelegationAxis]: bigint };

/**
 * Converts a delegation to masks.
 *
 * @throws DelegationError for an unknown name, a number outside 0 to 63, or an unknown mask, with
 *   the nearest right word.
 * @example
 * ```ts
 * delegationMasks({ cmds: ["map_create", "BPF_PROG_LOAD"], progs: [ProgType.XDP] });
 * // { cmds: 0x21n, maps: 0n, progs: 0x40n, attachs: 0n }
 * ```
 */
export function delegationMasks(delegation: Delegation): DelegationMasks {
  for (const key of Object.keys(delegation)) if (!isDelegationAxis(key)) throw unknownAxis(key);
  const mask = (axis: DelegationAxis): bigint => maskOf(axis, delegation[axis] ?? []);
  return { cmds: mask("cmds"), maps: mask("maps"), progs: mask("progs"), attachs: mask("attachs") };
}

/**
 * Converts masks to a delegation with the kernel's names. Masks without a bit are omitted, and a
 * mask with all 64 bits is `any`.
 *
 * @param release - the release whose names are used; a bit without a name becomes a number.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * delegationOf({ cmds: 0x21n, maps: 0n, progs: 0x40n, attachs: 0n });
 * // { cmds: ["map_create", "prog_load"], progs: ["xdp"] }
 * ```
 */
export function delegationOf(
  masks: Partial<DelegationMasks>,
  release: KernelRelease = newestRelease,
): Delegation {
  const lists = axisNames.flatMap((axis) => {
    const mask = masks[axis] ?? 0n;
    return mask === 0n ? [] : [[axis, itemsOf(axis, mask, release)] as const];
  });
  return Object.fromEntries(lists);
}

/**
 * Returns the names of the bits of one mask, in ascending order.
 *
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * itemsOf("maps", 0x6n); // ["hash", "array"]
 * ```
 */
export function itemsOf(
  axis: DelegationAxis,
  mask: bigint,
  release: KernelRelease = newestRelease,
): DelegationItems {
  if (mask === ALL_BITS) return "any";
  return bitsOf(mask).map((bit) => bitName(axis, bit, release) ?? bit);
}

/**
 * Returns the numbers of the bits in a mask, in ascending order.
 *
 * @example
 * ```ts
 * bitsOf(0x21n); // [0, 5]
 * ```
 */
export function bitsOf(mask: bigint): readonly number[] {
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (mask >> BigInt(bit)) & 1n);
}

function maskOf(axis: DelegationAxis, items: DelegationItems): bigint {
  if (items === "any") return ALL_BITS;
  if (!Array.isArray(items)) {
    const example = `${axis}: ["${bitName(axis, 1) ?? ""}"]`;
    throw new DelegationError(`${axis} is neither a list nor 'any'; write e.g. ${example}`);
  }
  return items.reduce((mask: bigint, item) => mask | itemMask(axis, item), 0n);
}

function itemMask(axis: DelegationAxis, item: unknown): bigint {
  const { what } = delegationAxes[axis];
  if (typeof item === "number") {
    if (Number.isInteger(item) && item >= 0 && item <= 63) return 1n << BigInt(item);
    throw new DelegationError(`${axis}: ${item} is not a ${what}: bits are numbered from 0 to 63`);
  }
  if (item === "any") return ALL_BITS;
  if (typeof item !== "string") {
    throw new DelegationError(`${axis}: an item of type ${typeof item} is not a ${what}`);
  }
  const bit = bitOf(axis, item);
  if (bit !== undefined) return 1n << BigInt(bit);
  throw unknownItem(axis, item);
}

/** The error for a word that is no member of a mask. */
export function unknownItem(axis: DelegationAxis, item: string): DelegationError {
  const { what } = delegationAxes[axis];
  const shown = JSON.stringify(item).slice(1, -1);
  return new DelegationError(`'${shown}' is not a ${what}; ${adviseName(axis, shown)}`);
}

/** The error for a word that is no name of a mask. */
export function unknownAxis(word: string): DelegationError {
  const shown = JSON.stringify(word).slice(1, -1);
  const hint = nearest(shown.replace(/^delegate_/, ""), axisNames);
  const known = axisNames.join(", ");
  const guess = hint === undefined ? `known: ${known}` : `did you mean '${hint}'?`;
  return new DelegationError(`unknown mask '${shown}'; ${guess}`);
}
