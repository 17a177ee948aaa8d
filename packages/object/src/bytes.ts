// SPDX-License-Identifier: MIT
import { ObjectFormatError } from "./error.js";

/**
 * Returns the same bytes as a plain Uint8Array. Node reads files into a `Buffer`, whose `slice()`
 * does not copy and whose memory may be part of a shared pool.
 */
export function plainBytes(data: Uint8Array): Uint8Array {
  if (data.constructor === Uint8Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The bytes of one section, little-endian. Every read checks its bounds, so any malformed file
 * causes an {@link ObjectFormatError} that names the section and the offset.
 */
export class Bytes {
  readonly section: string;
  readonly data: Uint8Array;
  readonly #view: DataView;

  constructor(section: string, data: Uint8Array) {
    this.section = section;
    this.data = plainBytes(data);
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get length(): number {
    return this.data.length;
  }

  fail(at: number, reason: string): never {
    throw new ObjectFormatError(this.section, at, reason);
  }

  /** Throws if a range is not within the section. */
  check(at: number, length: number, what: string): void {
    if (at < 0 || length < 0 || at + length > this.length) {
      this.fail(at, `${what} of ${length} bytes exceeds the section's ${this.length} bytes`);
    }
  }

  u8(at: number): number {
    this.check(at, 1, "a byte");
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.check(at, 2, "a number");
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.check(at, 4, "a number");
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    this.check(at, 4, "a number");
    return this.#view.getInt32(at, true);
  }

  /** Reads a 64-bit offset or length, and refuses values that no file can have. */
  size(at: number, what: string): number {
    this.check(at, 8, "a number");
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      this.fail(at, `${what} is 0x${value.toString(16)}`);
    return Number(value);
  }

  slice(at: number, length: number, what: string): Uint8Array {
    this.check(at, length, what);
    return this.data.subarray(at, at + length);
  }
}
