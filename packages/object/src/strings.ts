// SPDX-License-Identifier: MIT
import type { Bytes } from "./bytes.js";

/** No compiler writes a longer name; without a bound, names that overlap would take quadratic time. */
const LONGEST = 0xffff;

/** More characters do not tell names of kernels apart any better. */
const HASHED = 64;

/** Names up to this length are made one by one. */
const SHORT = 64;

const utf8 = new TextDecoder();
/** One character a byte, so that offsets of bytes are offsets of characters. */
const bytewise = new TextDecoder("latin1");

/**
 * A table of strings that end with 0. Of long ones a file can claim very many by letting them
 * overlap: those are slices of one text, which share its memory.
 */
export class StringTable {
  /** Offset of the first byte. */
  readonly first: number;
  readonly #bytes: Bytes;
  #text: string | undefined;

  /** @param first - offset that the first byte of the table has; split BTF continues its base. */
  constructor(bytes: Bytes, first = 0) {
    this.#bytes = bytes;
    this.first = first;
  }

  get data(): Uint8Array {
    return this.#bytes.data;
  }

  /** The offset behind the last string. */
  get end(): number {
    return this.first + this.#bytes.length;
  }

  /** @throws ObjectFormatError for an offset outside or a string without an end. */
  at(offset: number): string {
    const from = offset - this.first;
    this.#bytes.check(from, 1, "a string");
    const { data } = this.#bytes;
    const end = data.indexOf(0, from);
    if (end < 0) this.#bytes.fail(from, "a string without an end");
    if (end - from > LONGEST) this.#bytes.fail(from, `a name of ${end - from} characters`);
    if (!isAscii(data, from, end)) return utf8.decode(data.subarray(from, end));
    if (end - from <= SHORT) {
      // Not by spreading, which iterates: half of the time that an object takes is in names.
      const codes: ArrayLike<number> = data.subarray(from, end);
      return String.fromCharCode.apply(null, codes as number[]);
    }
    this.#text ??= bytewise.decode(data);
    return this.#text.slice(from, end);
  }

  /** Whether the string at an offset is a given one, without making the string. */
  equals(offset: number, text: string): boolean {
    const from = offset - this.first;
    this.#bytes.check(from, 1, "a string");
    const { data } = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return this.at(offset) === text;
      if (data[from + i] !== code) return false;
    }
    return data[from + text.length] === 0;
  }

  /** What {@link hashOfName} makes of the string at an offset, without making the string. */
  hash(offset: number): number {
    const from = offset - this.first;
    this.#bytes.check(from, 1, "a string");
    return hashBytes(this.#bytes.data, from);
  }
}

/** A hash that names have in common which differ in what follows three underscores. */
export function hashOfName(name: string): number {
  return hashBytes(new TextEncoder().encode(name), 0);
}

/** See {@link hashOfName}; of the string that begins at a place. */
export function hashBytes(data: Uint8Array, from: number): number {
  const end = Math.min(data.length, from + HASHED);
  let hash = 0x811c9dc5;
  for (let i = from; i < end; i++) {
    const code = data[i] as number;
    if (code === 0) break;
    if (code === 0x5f && i > from && data[i + 1] === 0x5f && data[i + 2] === 0x5f) break;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

function isAscii(data: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if ((data[i] as number) > 0x7f) return false;
  return true;
}
