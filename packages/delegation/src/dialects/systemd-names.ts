// SPDX-License-Identifier: MIT
import { type KernelRelease, newestRelease } from "@bpf-token/uapi/names";
import { type DelegationAxis, delegationAxes } from "../axes.js";
import { bitName, bitOf, delegationNames } from "../names.js";

/**
 * Returns systemd's name of a bit. systemd (since 258) has the kernel's full name in CamelCase, and
 * of two names for one bit only the first.
 *
 * The tables of systemd 262 lack `syscall`, so `BPFProgTypeNetfilter` has its index, 31. There is no
 * name for these two program types; use `any`.
 *
 * @returns `undefined` for a bit that has no name.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * systemdName("maps", 11); // "BPFMapTypeLpmTrie"
 * ```
 */
export function systemdName(
  axis: DelegationAxis,
  bit: number,
  release: KernelRelease = newestRelease,
): string | undefined {
  const name = axis === "progs" && shifted.has(bit) ? undefined : bitName(axis, bit, release);
  return name === undefined ? undefined : camelName(axis, name);
}

/** The program types `syscall` and `netfilter`. */
const shifted: ReadonlySet<number> = new Set([31, 32]);

/** systemd's name with the index of `syscall`. */
export const SHIFTED_NAME = "BPFProgTypeNetfilter";

/** The bits by systemd's names, also by its name with a wrong index. */
const bits = new Map<DelegationAxis, ReadonlyMap<string, number>>();

/** Returns the bit of a name of systemd. */
export function bitOfSystemd(axis: DelegationAxis, word: string): number | undefined {
  let known = bits.get(axis);
  if (known === undefined) {
    const names = delegationNames(axis).map((name) => [camelName(axis, name), bitOf(axis, name)]);
    known = new Map(names as [string, number][]);
    bits.set(axis, known);
  }
  return known.get(word);
}

/** Converts a name in the spelling of mount options to systemd's. */
export function camelName(axis: DelegationAxis, name: string): string {
  const [first = "", ...rest] = `${delegationAxes[axis].prefix}${name}`.split("_");
  const words = rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return [first, ...words].join("");
}

const full = new Map<DelegationAxis, ReadonlyMap<number, string>>();

/** Returns systemd's name of each bit of a mask. */
export function systemdNames(axis: DelegationAxis): ReadonlyMap<number, string> {
  const known = full.get(axis);
  if (known !== undefined) return known;
  const names = Array.from({ length: 64 }, (_, bit) => [bit, systemdName(axis, bit)] as const);
  const map = new Map(names.flatMap(([bit, name]) => (name === undefined ? [] : [[bit, name]])));
  full.set(axis, map);
  return map;
}
