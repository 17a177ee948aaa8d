// SPDX-License-Identifier: MIT
import type { Field, FieldType } from "./layout-types.js";

/** Size of one element in bytes. */
export const elementSize: Readonly<Record<FieldType, number>> = {
  u8: 1,
  char: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
  ptr: 8,
};

/** Value ranges of numbers up to 32 bits, which need no bigint arithmetic. */
const limits: Readonly<Partial<Record<FieldType, readonly [low: number, high: number]>>> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  s16: [-0x8000, 0x7fff],
  u32: [0, 0xffff_ffff],
  s32: [-0x8000_0000, 0x7fff_ffff],
};

const utf8 = /* @__PURE__ */ new TextEncoder();
const fromUtf8 = /* @__PURE__ */ new TextDecoder();

/**
 * Writes the value of a field that is not a pointer.
 *
 * @param place - name of the field for errors, such as `MAP_CREATE.map_flags`.
 * @throws RangeError whose message begins with `place`.
 */
export function writeField(view: DataView, field: Field, value: unknown, place: string): void {
  if (field.type === "char") writeText(view, field, value, place);
  else if (field.count === undefined) writeNumber(view, field, field.offset, value, place);
  else writeArray(view, field, field.count, value, place);
}

/** Reads the value of a field: a number, a bigint, a string, bytes, or a list of numbers. */
export function readField(view: DataView, field: Field): unknown {
  if (field.type === "char") {
    const bytes = bytesOf(view, field);
    const end = bytes.indexOf(0);
    return fromUtf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
  if (field.count === undefined) return readNumber(view, field, field.offset);
  if (field.type === "u8") return bytesOf(view, field).slice();
  const step = elementSize[field.type];
  return Array.from({ length: field.count }, (_, i) =>
    readNumber(view, field, field.offset + i * step),
  );
}

function bytesOf(view: DataView, field: Field): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + field.offset, field.size);
}

function writeText(view: DataView, field: Field, value: unknown, place: string): void {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
    throw new RangeError(`${place}: text or bytes are needed, not ${describe(value)}`);
  }
  const bytes = typeof value === "string" ? utf8.encode(value) : value;
  if (bytes.length > field.size) {
    throw new RangeError(`${place}: ${bytes.length} bytes do not fit in ${field.size}`);
  }
  bytesOf(view, field).set(bytes);
}

function writeArray(
  view: DataView,
  field: Field,
  count: number,
  value: unknown,
  place: string,
): void {
  if (!Array.isArray(value) && !(value instanceof Uint8Array)) {
    throw new RangeError(`${place}: ${count} numbers are needed, not ${describe(value)}`);
  }
  if (value.length > count)
    throw new RangeError(`${place}: ${value.length} numbers do not fit in ${count}`);
  const step = elementSize[field.type];
  for (const [i, item] of value.entries()) {
    writeNumber(view, field, field.offset + i * step, item, `${place}[${i}]`);
  }
}

function writeNumber(
  view: DataView,
  field: Field,
  at: number,
  value: unknown,
  place: string,
): void {
  const small = field.bits === undefined ? limits[field.type] : undefined;
  if (small !== undefined && typeof value === "number" && Number.isInteger(value)) {
    const [low, high] = small;
    if (value < low || value > high)
      throw new RangeError(`${place}: ${value} is not in ${low}…${high}`);
    storeSmall(view, field.type, at, value);
    return;
  }
  writeWide(view, field, at, toBigInt(value, place), place);
}

function writeWide(view: DataView, field: Field, at: number, value: bigint, place: string): void {
  const width = BigInt(field.bits?.width ?? elementSize[field.type] * 8);
  const signed = field.type.startsWith("s");
  const [low, high] = signed
    ? [-(1n << (width - 1n)), (1n << (width - 1n)) - 1n]
    : [0n, (1n << width) - 1n];
  if (value < low || value > high) {
    throw new RangeError(`${place}: ${value} is not in ${low}…${high}`);
  }
  if (elementSize[field.type] === 8) {
    view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return;
  }
  const { shift, mask } = bitsOf(field);
  const others = loadSmall(view, field.type, at) & ~mask;
  storeSmall(view, field.type, at, field.bits ? others | (Number(value) << shift) : Number(value));
}

/** Bit fields are always parts of a 32-bit element. */
function bitsOf(field: Field): { readonly shift: number; readonly mask: number } {
  const { shift, width } = field.bits ?? { shift: 0, width: 31 };
  return { shift, mask: ((1 << width) - 1) << shift };
}

function readNumber(view: DataView, field: Field, at: number): number | bigint {
  if (field.type === "s64") return view.getBigInt64(at, true);
  if (elementSize[field.type] === 8) return view.getBigUint64(at, true);
  const value = loadSmall(view, field.type, at);
  if (field.bits === undefined) return value;
  const { shift, mask } = bitsOf(field);
  return (value & mask) >>> shift;
}

function toBigInt(value: unknown, place: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "number" && Number.isInteger(value)) {
    throw new RangeError(`${place}: ${value} is not exact; give a bigint`);
  }
  throw new RangeError(`${place}: an integer is needed, not ${describe(value)}`);
}

/** Formats a value for an error message. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `text '${value.slice(0, 20)}'`;
  return typeof value === "number" ? `${value}` : `a value of type ${typeof value}`;
}

function storeSmall(view: DataView, type: FieldType, at: number, value: number): void {
  const size = elementSize[type];
  if (size === 4) view.setUint32(at, value, true);
  else if (size === 2) view.setUint16(at, value, true);
  else view.setUint8(at, value);
}

function loadSmall(view: DataView, type: FieldType, at: number): number {
  switch (type) {
    case "s32":
      return view.getInt32(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "s16":
      return view.getInt16(at, true);
    case "u16":
      return view.getUint16(at, true);
    default:
      return view.getUint8(at);
  }
}
