// SPDX-License-Identifier: MIT
import type { Mem, PointerSlot, Ptr } from "./memory.js";

/** A 64-bit number: above 2^53 it has to be a bigint. */
export type Wide = number | bigint;

/** Text of a fixed size, filled up with NULs; bytes for what is no UTF-8. */
export type Text = string | Uint8Array;

/** A field in the generated tables; trailing zeros are left out. */
export type FieldRow = readonly [
  name: string,
  type: string,
  offset: number,
  since?: number,
  until?: number,
  shift?: number,
  bits?: number,
];

/** The type of one element of a field. `ptr` is a 64-bit address. */
export type FieldType = "u8" | "char" | "u16" | "s16" | "u32" | "s32" | "u64" | "s64" | "ptr";

/** Some bits of a number. */
export interface BitRange {
  /** The lowest of them. */
  readonly shift: number;
  /** How many. */
  readonly width: number;
}

/** A field of a layout. */
export interface Field {
  /** Name in the kernel; inside a named part, `kprobe_multi.cnt`. */
  readonly name: string;
  /** Type of one element. */
  readonly type: FieldType;
  /** How many elements; undefined for a single one. */
  readonly count?: number;
  /** Byte offset. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** For a bit field: which bits of the element at `offset`. */
  readonly bits?: BitRange;
}

/**
 * The values of a structure as they come out of bytes: 64-bit numbers and addresses as bigint,
 * text as a string.
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

/** Where the fields of a structure lie, in one release. */
export interface Layout<T> {
  /** The command or structure. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The byte behind the last field that the kernel looks at; what follows must be zero. */
  readonly lastFieldEnd: number;
  /** The fields that the release has, in order of declaration. */
  readonly fields: readonly Field[];
  /**
   * Lays values out; fields not given are 0.
   *
   * @returns memory of exactly {@link Layout.size} bytes, with the pointers in it.
   * @throws RangeError that names the field: unknown in this release, not of the field's kind, out
   *   of range, or at the same place as another one that was given.
   */
  encode(value: Partial<T>): Mem;
  /**
   * Writes one field into bytes that are laid out already; a pointer is handed back in place of an
   * address.
   *
   * @param view - at least as long as the field's end.
   * @throws RangeError as {@link Layout.encode}.
   */
  put(view: DataView, name: string, value: unknown): PointerSlot | undefined;
  /**
   * Reads values.
   *
   * @param bytes - bytes that are missing count as zero, as in the kernel; more are ignored.
   */
  decode(bytes: Uint8Array): Decoded<T>;
}
