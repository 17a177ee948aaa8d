// SPDX-License-Identifier: MIT
import { type KernelRelease, newestRelease } from "@bpf-token/uapi/names";
import type { DelegationAxis } from "./axes.js";
import { DelegationError } from "./error.js";
import { bitsOf, unknownItem } from "./masks.js";
import { ALL_BITS, bitName, bitOf } from "./names.js";

/**
 * Formats a mask as the kernel prints it in mount options: names separated by `:`, one number for
 * the bits without a name, or `any`. Linux has these options since 6.9.
 *
 * The number comes first, because a number replaces the names before it (rule OP-08).
 *
 * @param separator - between the names. Incus uses `,`.
 * @throws RangeError for an unknown release.
 * @example
 * ```ts
 * formatMask("maps", 0x6n); // "hash:array"
 * ```
 */
export function formatMask(
  axis: DelegationAxis,
  mask: bigint,
  release: KernelRelease = newestRelease,
  separator: string = ":",
): string {
  if (mask === ALL_BITS) return "any";
  const names: string[] = [];
  let rest = 0n;
  for (const bit of bitsOf(mask)) {
    const name = bitName(axis, bit, release);
    if (name === undefined) rest |= 1n << BigInt(bit);
    else names.push(name);
  }
  return [...(rest === 0n ? [] : [`0x${rest.toString(16)}`]), ...names].join(separator);
}

/**
 * Parses the value of a delegate mount option as the kernel does: names in any case, numbers in C
 * notation, `any`. A number replaces what stands before it in the same value (rule OP-08).
 *
 * @param unknown - what to do with an unknown name. `ignore` is for text that a kernel printed, maybe
 *   a newer one. There a number stands for the bits without a name, and replaces nothing.
 * @throws DelegationError for an unknown name, an empty one, or a number beyond 64 bits.
 * @example
 * ```ts
 * parseMask("maps", "hash:array"); // 0x6n
 * ```
 */
export function parseMask(
  axis: DelegationAxis,
  text: string,
  unknown: "throw" | "ignore" = "throw",
): bigint {
  let mask = 0n;
  for (const word of text.split(":")) {
    if (word === "any") mask = ALL_BITS;
    else if (isNumber(word)) mask = (unknown === "ignore" ? mask : 0n) | numberOf(word);
    else mask |= nameMask(axis, word, unknown);
  }
  return mask;
}

/** Whether a word is a number in C notation. */
export function isNumber(word: string): boolean {
  return /^(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(word);
}

/** Parses a number in C notation. Throws DelegationError if it does not fit in 64 bits. */
export function numberOf(word: string): bigint {
  const octal = /^0[0-7]+$/.test(word);
  const mask = BigInt(octal ? `0o${word.slice(1)}` : word);
  if (mask <= ALL_BITS) return mask;
  throw new DelegationError(`the mask '${word.slice(0, 40)}' does not fit in 64 bits`);
}

function nameMask(axis: DelegationAxis, word: string, unknown: "throw" | "ignore"): bigint {
  const bit = bitOf(axis, word);
  if (bit !== undefined) return 1n << BigInt(bit);
  if (unknown === "ignore") return 0n;
  throw unknownItem(axis, word);
}
