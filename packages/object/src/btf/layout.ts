// SPDX-License-Identifier: MIT

/** First two bytes of BTF and BTF.ext. */
export const BTF_MAGIC = 0xeb9f;
/** Size in bytes of the header without a layout section: all that kernels before 7.1 accept. */
export const BTF_HEADER = 24;
/** Size in bytes of the header with a layout section. Since Linux 7.1. */
export const BTF_LONG_HEADER = 32;
/** Largest number of parts of a type: 24 bits since Linux 7.2, 16 before. */
export const BTF_MAX_VLEN = 0xff_ffff;
/** Bytes that begin every type: name, info, and size or type. */
export const TYPE_HEADER = 12;
export const TYPE_WORDS = 3;

/** Words after the common header of a type: a fixed number, plus a number per part (`vlen`). */
const tails: readonly (readonly [fixed: number, each: number])[] = [
  [1, 0], // INT
  [0, 0], // PTR
  [3, 0], // ARRAY
  [0, 3], // STRUCT
  [0, 3], // UNION
  [0, 2], // ENUM
  [0, 0], // FWD
  [0, 0], // TYPEDEF
  [0, 0], // VOLATILE
  [0, 0], // CONST
  [0, 0], // RESTRICT
  [0, 0], // FUNC
  [0, 2], // FUNC_PROTO
  [1, 0], // VAR
  [0, 3], // DATASEC
  [0, 0], // FLOAT
  [1, 0], // DECL_TAG
  [0, 0], // TYPE_TAG
  [0, 3], // ENUM64
];

/** The number of kinds that an info word can hold: 7 bits since Linux 7.2, 5 bits before. */
export const KINDS = 128;

/** By kind: words of a type without its parts (0 for an unknown kind), and words per part. */
export const fixedWords: Uint8Array = new Uint8Array(KINDS);
export const wordsOfEach: Uint8Array = new Uint8Array(KINDS);
for (const [i, [fixed, each]] of tails.entries()) {
  fixedWords[i + 1] = TYPE_WORDS + fixed;
  wordsOfEach[i + 1] = each;
}

/** Bits 24..30. Kernels before 7.2 refuse bits 29 and 30, so BTF for them has zeros there. */
export const kindOf = (info: number): number => (info >>> 24) & 0x7f;
/** Bits 0..23. Kernels before 7.2 refuse bits 16..23, so BTF for them has zeros there. */
export const vlenOf = (info: number): number => info & BTF_MAX_VLEN;
export const flagOf = (info: number): boolean => info >>> 31 === 1;

export function infoOf(kind: number, vlen: number, flag = false): number {
  return ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0;
}

/**
 * Views bytes as words, which is faster than a DataView; copies only if they are not aligned. All
 * supported machines are little-endian.
 */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const whole = bytes.length >>> 2;
  if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, whole);
  return new Uint32Array(bytes.slice(0, whole * 4).buffer);
}
