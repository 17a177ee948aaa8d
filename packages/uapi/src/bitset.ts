// SPDX-License-Identifier: MIT
import type { DelegationEnum } from "./generated/members.js";
import type { KernelRelease } from "./generated/releases.js";
import { knownMask } from "./members.js";

const MASK64 = 0xffff_ffff_ffff_ffffn;

/**
 * An immutable set of bits 0 to 63, such as a delegate mask: each bit is a command, map type,
 * program type or attach type. A set may hold bits that no kernel knows (rule OP-15).
 *
 * @example
 * ```ts
 * const set = BitSet.of(BpfCmd.MAP_CREATE, BpfCmd.PROG_LOAD);
 * set.has(BpfCmd.PROG_LOAD); // true
 * String(set); // "0x21"
 * ```
 */
export class BitSet implements Iterable<number> {
  /** The set without any bit. */
  static readonly empty: BitSet = /* @__PURE__ */ new BitSet(0n);

  /** The bits as an unsigned 64-bit integer. */
  readonly mask: bigint;

  private constructor(mask: bigint) {
    this.mask = mask;
    Object.freeze(this);
  }

  /**
   * Creates a set from bit numbers.
   *
   * @throws RangeError for a number that is not an integer from 0 to 63.
   */
  static of(...bits: readonly number[]): BitSet {
    return new BitSet(bits.reduce((mask, bit) => mask | bitMask(bit), 0n));
  }

  /**
   * Creates a set from a mask.
   *
   * @param mask - an integer from 0 to 2^64 - 1; from 2^53 on it must be a bigint.
   * @throws RangeError for a mask that is negative, too large, or not exact.
   */
  static fromMask(mask: bigint | number): BitSet {
    if (typeof mask === "number" && !Number.isSafeInteger(mask)) {
      throw new RangeError(`mask ${mask} is not an exact integer; give a bigint`);
    }
    const wide = BigInt(mask);
    if (wide < 0n || wide > MASK64) throw new RangeError(`mask ${mask} does not fit in 64 bits`);
    return new BitSet(wide);
  }

  /**
   * Returns every bit that a kernel release knows for an enum. Without arguments it returns all 64
   * bits, which is what the mount option value `any` stores (rule OP-13).
   *
   * @throws TypeError for an enum without a release.
   */
  static all(kind?: DelegationEnum, release?: KernelRelease): BitSet {
    if (kind === undefined) return new BitSet(MASK64);
    if (release === undefined)
      throw new TypeError(`the bits of ${kind} depend on the kernel release; pass a release`);
    return new BitSet(knownMask(kind, release));
  }

  /** The number of bits in the set. */
  get size(): number {
    let n = 0;
    for (let rest = this.mask; rest !== 0n; rest &= rest - 1n) n++;
    return n;
  }

  /** Whether the set has a bit; false for a number outside 0 to 63. */
  has(bit: number): boolean {
    return isBit(bit) && (this.mask & (1n << BigInt(bit))) !== 0n;
  }

  /** Returns this set plus one bit. Throws RangeError for a number outside 0 to 63. */
  with(bit: number): BitSet {
    return new BitSet(this.mask | bitMask(bit));
  }

  /** Returns this set minus one bit. Throws RangeError for a number outside 0 to 63. */
  without(bit: number): BitSet {
    return new BitSet(this.mask & ~bitMask(bit));
  }

  /** Returns the bits that are in either set. */
  union(other: BitSet): BitSet {
    return new BitSet(this.mask | other.mask);
  }

  /** Returns the bits that are in both sets. */
  intersection(other: BitSet): BitSet {
    return new BitSet(this.mask & other.mask);
  }

  /** Returns the bits of this set that the other set does not have. */
  difference(other: BitSet): BitSet {
    return new BitSet(this.mask & ~other.mask);
  }

  /** Whether the other set has every bit of this set. */
  isSubsetOf(other: BitSet): boolean {
    return (this.mask & ~other.mask) === 0n;
  }

  /** Whether both sets have the same bits. */
  equals(other: BitSet): boolean {
    return this.mask === other.mask;
  }

  /** Iterates over the bits of the set in ascending order. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let bit = 0; bit < 64; bit++) if (this.has(bit)) yield bit;
  }

  /** Formats the mask as the kernel does: `0x24`. */
  toString(): string {
    return `0x${this.mask.toString(16)}`;
  }
}

function isBit(bit: number): boolean {
  return Number.isInteger(bit) && bit >= 0 && bit <= 63;
}

function bitMask(bit: number): bigint {
  if (!isBit(bit)) throw new RangeError(`bit ${bit} is not in 0…63`);
  return 1n << BigInt(bit);
}
