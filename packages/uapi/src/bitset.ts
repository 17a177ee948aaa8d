// SPDX-License-Identifier: MIT
import type { DelegationEnum } from "./generated/members.js";
import type { KernelRelease } from "./generated/releases.js";
import { knownMask } from "./members.js";

const MASK64 = 0xffff_ffff_ffff_ffffn;

/**
 * A set of 64 bits that cannot be changed: which commands, map types, program types or attach
 * types are meant. Every bit from 0 to 63 can be held, whether the kernel knows it or not
 * (rule OP-15).
 */
export class BitSet implements Iterable<number> {
  /** No bit at all. */
  static readonly empty: BitSet = /* @__PURE__ */ new BitSet(0n);

  /** The bits as an unsigned 64-bit number. */
  readonly mask: bigint;

  private constructor(mask: bigint) {
    this.mask = mask;
    Object.freeze(this);
  }

  /**
   * The set of the bits given.
   *
   * @throws RangeError for a number that is no bit of a 64-bit word.
   */
  static of(...bits: readonly number[]): BitSet {
    return new BitSet(bits.reduce((mask, bit) => mask | bitMask(bit), 0n));
  }

  /**
   * The set that a mask stands for.
   *
   * @param mask - a number from 0 to 2^64 - 1; beyond 2^53 it has to be a bigint.
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
   * With an enum and a release, every bit that this kernel knows; without, all 64: what the mount
   * option value `any` stores (rule OP-13).
   */
  static all(kind?: DelegationEnum, release?: KernelRelease): BitSet {
    if (kind === undefined) return new BitSet(MASK64);
    if (release === undefined)
      throw new TypeError(`which bits of ${kind} are known needs a release`);
    return new BitSet(knownMask(kind, release));
  }

  /** How many bits are set. */
  get size(): number {
    let n = 0;
    for (let rest = this.mask; rest !== 0n; rest &= rest - 1n) n++;
    return n;
  }

  /** Whether a bit is set; false for a number that is no bit. */
  has(bit: number): boolean {
    return isBit(bit) && (this.mask & (1n << BigInt(bit))) !== 0n;
  }

  /** This set and one bit more. Throws RangeError for a number that is no bit. */
  with(bit: number): BitSet {
    return new BitSet(this.mask | bitMask(bit));
  }

  /** This set and one bit less. Throws RangeError for a number that is no bit. */
  without(bit: number): BitSet {
    return new BitSet(this.mask & ~bitMask(bit));
  }

  /** The bits of both. */
  union(other: BitSet): BitSet {
    return new BitSet(this.mask | other.mask);
  }

  /** The bits that both have. */
  intersection(other: BitSet): BitSet {
    return new BitSet(this.mask & other.mask);
  }

  /** The bits that the other does not have. */
  difference(other: BitSet): BitSet {
    return new BitSet(this.mask & ~other.mask);
  }

  /** Whether the other has every bit of this one. */
  isSubsetOf(other: BitSet): boolean {
    return (this.mask & ~other.mask) === 0n;
  }

  /** Whether both hold the same bits. */
  equals(other: BitSet): boolean {
    return this.mask === other.mask;
  }

  /** The bits that are set, ascending. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let bit = 0; bit < 64; bit++) if (this.has(bit)) yield bit;
  }

  /** As the kernel writes masks: `0x24`. */
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
