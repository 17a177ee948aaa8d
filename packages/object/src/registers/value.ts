// SPDX-License-Identifier: MIT
import type { MapSpec } from "../spec.js";

/** What a register or a stack slot may hold, as the verifier distinguishes it: bits of a set. */
export const Kind = {
  SCALAR: 1,
  CTX: 2,
  PACKET: 4,
  PACKET_META: 8,
  PACKET_END: 16,
  MAP: 32,
  MAP_VALUE: 64,
  MEM: 128,
  SOCKET: 256,
  /** An object of the kernel with a BTF type. */
  OBJECT: 512,
  FUNC: 1024,
  STACK: 2048,
} as const;

/** Everything that a value may be of which nothing is known. */
const ANY = Kind.SCALAR | Kind.MAP_VALUE | Kind.MEM | Kind.OBJECT;
const PACKETS = Kind.PACKET | Kind.PACKET_META | Kind.PACKET_END;

/** A set of possible values. Never changed. */
export interface Value {
  readonly kinds: number;
  /** The range of a scalar, or of the offset of a pointer. */
  readonly lo: number;
  readonly hi: number;
  /** Of `MAP` and `MAP_VALUE`; undefined if unknown. */
  readonly map?: MapSpec;
  /** Of `STACK`: the index of the frame. Of `FUNC`: the first instruction. */
  readonly index: number;
  /** Whether the verifier knows the pointer as one that may be NULL. */
  readonly nullable: boolean;
  /** Whether the value is the constant 0 instead of a pointer on some path. */
  readonly zero: boolean;
  /** The same number for copies of a pointer that may be NULL; 0 for others. */
  readonly id: number;
}

const base = {
  ...{ kinds: 0, lo: -Infinity, hi: Infinity, index: 0 },
  ...{ nullable: false, zero: false, id: 0 },
} as const;

/** A scalar of a range; without arguments, any. */
export const scalar = (lo: number = -Infinity, hi: number = Infinity): Value => ({
  ...base,
  kinds: Kind.SCALAR,
  lo,
  hi,
});

/** The scalar of which nothing is known. */
export const anyScalar: Value = scalar();

/** A pointer or scalar of which nothing is known. */
export const anything: Value = { ...base, kinds: ANY };

/** A pointer, by default with the offset 0. */
export const pointer = (kind: number, more: Partial<Value> = {}): Value => ({
  ...base,
  kinds: kind,
  lo: 0,
  hi: 0,
  ...more,
});

/** Whether a value may be a pointer. */
export const mayPoint = ({ kinds }: Value): boolean => (kinds & ~Kind.SCALAR) !== 0;

/** Whether a value is a pointer on every path, and always of the same kind. */
export const isSure = ({ kinds, zero }: Value): boolean =>
  !zero && (kinds & Kind.SCALAR) === 0 && (kinds & (kinds - 1)) === 0;

/** Whether a value can only be a pointer into a packet, or to the end of one. */
export const isPacket = ({ kinds }: Value): boolean => kinds !== 0 && (kinds & ~PACKETS) === 0;

/** Whether a value is one constant. */
export const isConstant = ({ kinds, lo, hi }: Value): boolean => kinds === Kind.SCALAR && lo === hi;

/** Whether two values are the same set. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  return (
    a.kinds === b.kinds &&
    a.lo === b.lo &&
    a.hi === b.hi &&
    a.map === b.map &&
    a.index === b.index &&
    a.nullable === b.nullable &&
    a.zero === b.zero &&
    a.id === b.id
  );
}

/**
 * The least set with the values of both.
 *
 * @param widen - gives up ranges that grow, so that loops end.
 */
export function joinValues(a: Value, b: Value, widen: boolean): Value {
  if (sameValue(a, b)) return a;
  if (isConstant(a) && a.lo === 0 && mayPoint(b)) return { ...b, zero: true, id: 0 };
  if (isConstant(b) && b.lo === 0 && mayPoint(a)) return { ...a, zero: true, id: 0 };
  const mixed = mayPoint(a) !== mayPoint(b);
  const { map, ...rest } = a;
  const lost = mixed || (a.kinds === b.kinds && a.index !== b.index);
  return {
    ...rest,
    ...(map === b.map && map !== undefined ? { map } : {}),
    kinds: a.kinds | b.kinds,
    lo: lost || (widen && b.lo < a.lo) ? -Infinity : Math.min(a.lo, b.lo),
    hi: lost || (widen && b.hi > a.hi) ? Infinity : Math.max(a.hi, b.hi),
    nullable: a.nullable || b.nullable,
    zero: a.zero || b.zero,
    id: a.id === b.id ? a.id : 0,
  };
}
