// SPDX-License-Identifier: MIT

import { nearest } from "../nearest.js";
import { describe, elementSize, readField, writeField } from "./field-codec.js";
import type { Decoded, Field, FieldRow, FieldType, Layout } from "./layout-types.js";
import { BAD_ADDRESS, type Mem, type PointerSlot, type Ptr } from "./memory.js";

/** The input of {@link makeLayout}. */
export interface LayoutParts {
  /** The name of the command or structure. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Offset after the last field that the kernel reads. */
  readonly lastFieldEnd: number;
  /** Fields of all releases. */
  readonly rows: readonly FieldRow[];
  /** The release as `releaseCode` returns it. */
  readonly code: number;
  /** The release's name, for error messages. */
  readonly release: string;
}

/** Creates the layout of one structure in one release. */
export function makeLayout<T extends object>(parts: LayoutParts): Layout<T> {
  const fields = parts.rows.filter((row) => isIn(row, parts.code)).map(toField);
  const byName = new Map(fields.map((f) => [f.name, f]));
  return Object.freeze({
    name: parts.name,
    size: parts.size,
    lastFieldEnd: parts.lastFieldEnd,
    fields,
    encode: (value: Partial<T>): Mem => encode(parts, byName, value),
    put: (view: DataView, name: string, value: unknown): PointerSlot | undefined =>
      put(parts, fieldOf(parts, byName, name), view, value),
    decode: (bytes: Uint8Array): Decoded<T> => decode<T>(parts.size, fields, bytes),
  });
}

function isIn([, , , since = 0, until = 0]: FieldRow, code: number): boolean {
  return since <= code && (until === 0 || code < until);
}

function toField([name, type, offset, , , shift, bits]: FieldRow): Field {
  const m = /^(\w+?)(?:\[(\d+)\])?$/.exec(type);
  const base = (m?.[1] ?? type) as FieldType;
  const count = m?.[2] === undefined ? undefined : Number(m[2]);
  return {
    name,
    type: base,
    offset,
    size: elementSize[base] * (count ?? 1),
    ...(count === undefined ? {} : { count }),
    ...(bits === undefined ? {} : { bits: { shift: shift ?? 0, width: bits } }),
  };
}

function encode(parts: LayoutParts, byName: ReadonlyMap<string, Field>, value: object): Mem {
  const bytes = new Uint8Array(parts.size);
  const pointers: PointerSlot[] = [];
  const given: Field[] = [];
  let view: DataView | undefined;
  for (const name of Object.keys(value)) {
    const item: unknown = value[name as keyof typeof value];
    if (item === undefined) continue;
    const field = fieldOf(parts, byName, name);
    checkPlace(parts, given, field);
    given.push(field);
    // Most fields are file descriptors and flags, and a DataView costs more than four bytes.
    if (isWord(field, item)) {
      putWord(bytes, field.offset, item);
      continue;
    }
    view ??= new DataView(bytes.buffer);
    const slot = put(parts, field, view, item);
    if (slot !== undefined) pointers.push(slot);
  }
  return { bytes, pointers };
}

/** Refuses a field whose bytes another given field already occupies. */
function checkPlace(parts: LayoutParts, given: readonly Field[], field: Field): void {
  for (const other of given) {
    if (!overlap(other, field)) continue;
    const place = `${parts.name}.${field.name}`;
    throw new RangeError(`${place}: overlaps ${other.name}; set only one of them`);
  }
}

/** Whether a value is a whole 32-bit number for a whole 32-bit field; `put` checks all others. */
function isWord(field: Field, item: unknown): item is number {
  if (typeof item !== "number" || field.count !== undefined || field.bits !== undefined) {
    return false;
  }
  if (field.type === "u32") return item >>> 0 === item;
  return field.type === "s32" && (item | 0) === item;
}

/** Writes 32 bits, little endian. */
function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function fieldOf(parts: LayoutParts, byName: ReadonlyMap<string, Field>, name: string): Field {
  const field = byName.get(name);
  if (field === undefined) throw new RangeError(unknownField(parts, byName, name));
  return field;
}

function put(
  parts: LayoutParts,
  field: Field,
  view: DataView,
  item: unknown,
): PointerSlot | undefined {
  const place = `${parts.name}.${field.name}`;
  if (field.type !== "ptr") {
    writeField(view, field, item, place);
    return undefined;
  }
  if (!isPtr(item)) throw new RangeError(`${place}: must be memory or null, not ${describe(item)}`);
  return item === null ? undefined : { offset: field.offset, to: item };
}

function unknownField(
  parts: LayoutParts,
  byName: ReadonlyMap<string, Field>,
  name: string,
): string {
  const later = parts.rows.some((row) => row[0] === name);
  if (later) return `${parts.name}.${name}: release ${parts.release} has no such field`;
  const hint = nearest(name, byName.keys());
  const did =
    hint === undefined ? `; it has ${[...byName.keys()].join(", ")}` : `; did you mean '${hint}'?`;
  return `${parts.name}.${name}: no such field${did}`;
}

function overlap(a: Field, b: Field): boolean {
  if (a.offset >= b.offset + b.size || b.offset >= a.offset + a.size) return false;
  if (a.bits === undefined || b.bits === undefined) return true;
  const [low, high] = a.bits.shift < b.bits.shift ? [a.bits, b.bits] : [b.bits, a.bits];
  return low.shift + low.width > high.shift;
}

function isPtr(value: unknown): value is Ptr {
  if (value === null || typeof value === "string" || value === BAD_ADDRESS) return true;
  if (value instanceof Uint8Array) return true;
  return typeof value === "object" && value !== null && "bytes" in value;
}

function decode<T extends object>(
  size: number,
  fields: readonly Field[],
  bytes: Uint8Array,
): Decoded<T> {
  const whole = new Uint8Array(size);
  whole.set(bytes.subarray(0, size));
  const view = new DataView(whole.buffer);
  return Object.fromEntries(fields.map((f) => [f.name, readField(view, f)])) as Decoded<T>;
}
