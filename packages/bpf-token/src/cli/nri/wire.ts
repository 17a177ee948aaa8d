// SPDX-License-Identifier: MIT
// The part of protobuf's encoding that NRI's messages need. A library for all of it is larger than
// this program.

/** A message that is no valid protobuf, or longer than its protocol permits. */
export class WireError extends Error {
  override readonly name = "WireError" as const;
}

const VARINT_BYTES = 10;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One field of a message: its number, and the value of its type. */
export interface Field {
  readonly number: number;
  /** A number, or the bytes of a text or message; undefined for a type that NRI does not use. */
  readonly value: bigint | Uint8Array | undefined;
}

/** Returns the fields of a message in their order. Bytes are views, not copies. */
export function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let i = 0; i < VARINT_BYTES; i++) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError("a number ends too early");
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return value;
    }
    throw new WireError(`a number has more than ${VARINT_BYTES} bytes`);
  };
  const skip = (size: bigint): number => {
    if (size > BigInt(message.length - at)) {
      throw new WireError(`a field of ${size} bytes has ${message.length - at}`);
    }
    const start = at;
    at += Number(size);
    return start;
  };
  while (at < message.length) {
    const key = varint();
    const number = Number(key >> 3n);
    const type = Number(key & 7n);
    let value: bigint | Uint8Array | undefined;
    if (type === VARINT) value = varint();
    else if (type === BYTES) value = message.subarray(skip(varint()), at);
    else if (type === FIXED64) skip(8n);
    else if (type === FIXED32) skip(4n);
    else throw new WireError(`unknown wire type ${type}`);
    yield { number, value };
  }
}

/** All messages or texts in a repeated field. */
export function* repeated(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const { number, value } of fields(message)) {
    if (number === wanted && value instanceof Uint8Array) yield value;
  }
}

/** The message or text in a field; empty if it is absent. Of several, the last one counts. */
export function bytesOf(message: Uint8Array, wanted: number): Uint8Array {
  let found: Uint8Array = new Uint8Array();
  for (const value of repeated(message, wanted)) found = value;
  return found;
}

/** The text in a field; empty if it is absent. */
export function textOf(message: Uint8Array, wanted: number): string {
  return Buffer.from(bytesOf(message, wanted)).toString();
}

/** The number in a field; 0 if it is absent. */
export function numberOf(message: Uint8Array, wanted: number): number {
  let found = 0n;
  for (const { number, value } of fields(message)) {
    if (number === wanted && typeof value === "bigint") found = value;
  }
  return Number(found);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Encodes a field with a text or a message, which is the concatenation of its fields. */
export function putBytes(number: number, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(number * 8 + BYTES), varint(value.length), value]);
}

/** Encodes a field with a number that is not negative. */
export function putNumber(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
}
