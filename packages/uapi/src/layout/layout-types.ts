// SPDX-License-Identifier: MIT
import type { Mem, PointerSlot, Ptr } from "./memory.js";

/** A 64-bit integer. From 2^53 on it must be a bigint. Used in the values of a {@link Layout}. */
export type Wide = number | bigint;

/**
 * Text of a fixed size, padded with NULs; pass bytes for text that is not UTF-8. Used in the values
 * of a {@link Layout}.
 */
export type Text = string | Uint8Array;

/** A field in the generated tables; trailing zeros are omitted. */
export type FieldRow = readonly [
  name: string,
  type: string,
  offset: number,
  since?: number,
  until?: number,
  shift?: number,
  bits?: number,
];

/** The type of one field element. `ptr` is a 64-bit address. See {@link Field}. */
export type FieldType = "u8" | "char" | "u16" | "s16" | "u32" | "s32" | "u64" | "s64" | "ptr";

/** The bits of a number that a bit field uses. See {@link Field}. */
export interface BitRange {
  /** The lowest bit. */
  readonly shift: number;
  /** The number of bits. */
  readonly width: number;
}

/** A field of a {@link Layout}. */
export interface Field {
  /** The kernel's name; in a named part of a union it has a prefix: `kprobe_multi.cnt`. */
  readonly name: string;
  /** The type of one element. */
  readonly type: FieldType;
  /** The number of elements; `undefined` for a single one. */
  readonly count?: number;
  /** Offset in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
  /** For a bit field: which bits of the element at `offset`. */
  readonly bits?: BitRange;
}

/**
 * The values that {@link Layout.decode} returns: 64-bit numbers and addresses as bigint, text as a
 * string.
 */
export type Decoded<T> = {
  readonly [K in keyof T]: [T[K]] extends [number]
    ? number
    : [T[K]] extends [Uint8Array]
      ? Uint8Array
      : [T[K]] extends [Text]
        ? string
        : [T[K]] extends [Wide]
          ? bigint
          : [T[K]] extends [Ptr]
            ? bigint
            : T[K];
};

/** The memory layout of a structure in one kernel release. See {@link attrLayout}. */
export interface Layout<T> {
  /** The name of the command or structure. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Offset after the last field that the kernel reads; all bytes from there on must be zero. */
  readonly lastFieldEnd: number;
  /** The fields of this release, in order of declaration. */
  readonly fields: readonly Field[];
  /**
   * Encodes values; fields without a value are 0.
   *
   * @returns memory of exactly {@link Layout.size} bytes, with its pointers.
   * @throws RangeError that names the field: the release does not have it, the value has the wrong
   *   type or is out of range, or another given field occupies the same bytes.
   */
  encode(value: Partial<T>): Mem;
  /**
   * Writes one field into bytes that are already encoded. For a pointer it returns the slot that
   * the caller must fill with an address.
   *
   * @param view - must reach at least to the end of the field.
   * @throws RangeError as {@link Layout.encode}.
   */
  put(view: DataView, name: string, value: unknown): PointerSlot | undefined;
  /**
   * Decodes all fields.
   *
   * @param bytes - missing bytes count as zero, as in the kernel; extra bytes are ignored.
   */
  decode(bytes: Uint8Array): Decoded<T>;
}
