// SPDX-License-Identifier: MIT
import type { BtfInt, BtfType } from "../btf/types.js";
import type { Codec, Value } from "./codec.js";

/** Throws: the value at a path has the wrong type. */
export function misfit(path: string, wanted: string, value: unknown): never {
  const seen = typeof value === "bigint" ? `${value}n` : String(value);
  throw new TypeError(`${path}: expected ${wanted}, got ${seen} (${typeof value})`);
}

/** Codec for C integers and booleans. */
export function intCodec({ size, bits, bool, signed }: BtfInt): Codec {
  if (size === 16 && !bool) return wideCodec(signed);
  // A malformed file may contain integers of odd sizes; these are treated as bytes.
  const isBool = (bool || (bits === 1 && size === 1)) && `u${size}` in words;
  return isBool ? boolCodec(size) : wordCodec(size, signed);
}

function boolCodec(size: number): Codec {
  const word = wordCodec(size, false);
  return {
    size,
    read: (view, at) => Number(word.read(view, at)) !== 0,
    write: (view, at, value, path) => {
      if (typeof value !== "boolean") misfit(path, "a boolean", value);
      word.write(view, at, size > 4 ? BigInt(value === true) : Number(value), path);
    },
  };
}

type Reader = (view: DataView, at: number) => number | bigint;
type Writer = (view: DataView, at: number, value: never) => void;

const words: Readonly<Record<string, readonly [Reader, Writer]>> = {
  u1: [(v, at) => v.getUint8(at), (v, at, n: number) => v.setUint8(at, n)],
  s1: [(v, at) => v.getInt8(at), (v, at, n: number) => v.setInt8(at, n)],
  u2: [(v, at) => v.getUint16(at, true), (v, at, n: number) => v.setUint16(at, n, true)],
  s2: [(v, at) => v.getInt16(at, true), (v, at, n: number) => v.setInt16(at, n, true)],
  u4: [(v, at) => v.getUint32(at, true), (v, at, n: number) => v.setUint32(at, n, true)],
  s4: [(v, at) => v.getInt32(at, true), (v, at, n: number) => v.setInt32(at, n, true)],
  u8: [(v, at) => v.getBigUint64(at, true), (v, at, n: bigint) => v.setBigUint64(at, n, true)],
  s8: [(v, at) => v.getBigInt64(at, true), (v, at, n: bigint) => v.setBigInt64(at, n, true)],
};

/** Checks that a value is an integer and fits into the given number of bits. */
export function fitting(value: unknown, bits: number, signed: boolean, path: string): bigint {
  const wide = bits > 32;
  // Safe integers are exact, so a number such as 7 is accepted for a 64-bit member.
  if (typeof value === "number" ? !Number.isSafeInteger(value) : typeof value !== "bigint") {
    misfit(path, wide ? "a bigint" : "an integer", value);
  }
  const number = BigInt(value as number | bigint);
  const fits = signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
  if (fits !== number) {
    const count = 1n << BigInt(signed ? bits - 1 : bits);
    const [word, least] = signed ? ["signed", -count] : ["unsigned", 0n];
    throw new RangeError(
      `${path}: ${number} does not fit in ${bits} ${word} bits (${least} to ${count - 1n})`,
    );
  }
  return number;
}

/** Codec for integers of 1, 2, 4 or 8 bytes; other sizes are treated as bytes. */
export function wordCodec(size: number, signed: boolean): Codec {
  const found = words[`${signed ? "s" : "u"}${size}`];
  if (found === undefined) return opaqueCodec(size);
  const [read, write] = found;
  return {
    size,
    read,
    write: (view, at, value, path) => {
      const number = fitting(value, 8 * size, signed, path);
      write(view, at, (size === 8 ? number : Number(number)) as never);
    },
  };
}

function wideCodec(signed: boolean): Codec {
  const low = (value: bigint) => BigInt.asUintN(64, value);
  return {
    size: 16,
    read: (view, at) => {
      const high = signed ? view.getBigInt64(at + 8, true) : view.getBigUint64(at + 8, true);
      return (high << 64n) | view.getBigUint64(at, true);
    },
    write: (view, at, value, path) => {
      const number = fitting(value, 128, signed, path);
      view.setBigUint64(at, low(number), true);
      view.setBigUint64(at + 8, low(number >> 64n), true);
    },
  };
}

/** Codec for `float` and `double`; other sizes are treated as bytes. */
export function floatCodec(size: number): Codec {
  if (size !== 4 && size !== 8) return opaqueCodec(size);
  return {
    size,
    read: (view, at) => (size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true)),
    write: (view, at, value, path) => {
      if (typeof value !== "number") misfit(path, "a number", value);
      if (size === 4) view.setFloat32(at, value as number, true);
      else view.setFloat64(at, value as number, true);
    },
  };
}

/** Codec that keeps bytes unchanged. */
export function opaqueCodec(size: number): Codec {
  return {
    size,
    read: (view, at) => bytesAt(view, at, size).slice(),
    write: (view, at, value, path) => {
      if (!(value instanceof Uint8Array)) misfit(path, "a Uint8Array", value);
      putBytes(view, at, size, value as Uint8Array, path);
    },
  };
}

function bytesAt(view: DataView, at: number, size: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, size);
}

function putBytes(view: DataView, at: number, size: number, bytes: Uint8Array, path: string): void {
  if (bytes.length > size) {
    throw new RangeError(`${path}: ${bytes.length} bytes do not fit in ${size}`);
  }
  const room = bytesAt(view, at, size);
  room.fill(0);
  room.set(bytes);
}

/** Whether an array of this element type is text. */
export function isText(element: BtfType): boolean {
  return element.kind === "INT" && element.size === 1 && element.name === "char";
}

/** Whether an array of this element type is bytes. */
export function isByte(element: BtfType): boolean {
  return element.kind === "INT" && element.size === 1 && !element.bool && !element.signed;
}

/** Codec for arrays: text, bytes, or a list of elements. */
export function arrayCodec(element: Codec, count: number, type: BtfType): Codec {
  if (isText(type)) return textCodec(count);
  if (isByte(type)) return opaqueCodec(count);
  const size = element.size * count;
  // Elements of size 0 would allow a header to claim any number of them.
  const length = element.size === 0 ? 0 : count;
  return {
    size,
    weight: 1 + length * (element.weight ?? 1),
    read: (view, at) => {
      const values: Value[] = [];
      for (let i = 0; i < length; i++) values.push(element.read(view, at + i * element.size));
      return values;
    },
    write: (view, at, value, path) => {
      if (!Array.isArray(value)) misfit(path, `an array of ${count}`, value);
      const values = value as readonly unknown[];
      if (values.length > length) {
        throw new RangeError(`${path}: ${values.length} elements do not fit in ${length}`);
      }
      values.forEach((one, i) => {
        element.write(view, at + i * element.size, one, `${path}[${i}]`);
      });
    },
  };
}

function textCodec(size: number): Codec {
  return {
    size,
    read: (view, at) => {
      const bytes = bytesAt(view, at, size);
      const end = bytes.indexOf(0);
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    },
    write: (view, at, value, path) => {
      if (value instanceof Uint8Array) return putBytes(view, at, size, value, path);
      if (typeof value !== "string") misfit(path, "a string", value);
      putBytes(view, at, size, new TextEncoder().encode(value as string), path);
    },
  };
}
