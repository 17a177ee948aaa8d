// SPDX-License-Identifier: MIT
import type { Field, FieldType } from "./layout-types.js";

/** Bytes of one element. */
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

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/**
 * Writes the value of a field that is no pointer.
 *
 * @param place - `MAP_CREATE.map_flags`, for errors.
 * @throws RangeError that begins with the place.
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
  const wide = toBigInt(value, place);
  const width = field.bits?.width ?? elementSize[field.type] * 8;
  const signed = field.type.startsWith("s");
  const [low, high] = signed
    ? [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n]
    : [0n, (1n << BigInt(width)) - 1n];
  if (wide < low || wide > high) {
    throw new RangeError(`${place}: ${value} is not in ${low}…${high}`);
  }
  const shift = field.bits?.shift ?? 0;
  const others = load(view, field.type, at) & ~(((1n << BigInt(width)) - 1n) << BigInt(shift));
  store(view, field.type, at, others | (wide << BigInt(shift)));
}

function readNumber(view: DataView, field: Field, at: number): number | bigint {
  let wide = load(view, field.type, at);
  if (field.bits !== undefined) {
    wide = (wide >> BigInt(field.bits.shift)) & ((1n << BigInt(field.bits.width)) - 1n);
  }
  return elementSize[field.type] === 8 ? wide : Number(wide);
}

function toBigInt(value: unknown, place: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "number" && Number.isInteger(value)) {
    throw new RangeError(`${place}: ${value} is not exact; give a bigint`);
  }
  throw new RangeError(`${place}: an integer is needed, not ${describe(value)}`);
}

/** A value in an error message. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `text '${value.slice(0, 20)}'`;
  return typeof value === "number" ? `${value}` : `a value of type ${typeof value}`;
}

function store(view: DataView, type: FieldType, at: number, value: bigint): void {
  const size = elementSize[type];
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
  else if (size === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else if (size === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
  else view.setUint8(at, Number(BigInt.asUintN(8, value)));
}

function load(view: DataView, type: FieldType, at: number): bigint {
  switch (type) {
    case "s64":
      return view.getBigInt64(at, true);
    case "u64":
    case "ptr":
      return view.getBigUint64(at, true);
    case "s32":
      return BigInt(view.getInt32(at, true));
    case "u32":
      return BigInt(view.getUint32(at, true));
    case "s16":
      return BigInt(view.getInt16(at, true));
    case "u16":
      return BigInt(view.getUint16(at, true));
    default:
      return BigInt(view.getUint8(at));
  }
}
