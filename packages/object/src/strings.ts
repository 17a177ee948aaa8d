// SPDX-License-Identifier: MIT
import type { Bytes } from "./bytes.js";

/** Longest accepted name. Without a bound, overlapping names would take quadratic time. */
const LONGEST = 0xffff;

/** Number of hashed characters; more do not reduce collisions among kernel names. */
const HASHED = 64;

/** Names up to this length are decoded one by one. */
const SHORT = 64;

const utf8 = new TextDecoder();
/** One character per byte, so that byte offsets are character offsets. */
const bytewise = new TextDecoder("latin1");

/**
 * A table of NUL-terminated strings. A malformed file can contain very many long overlapping
 * strings, so long strings are slices of one decoded text and share its memory.
 */
export class StringTable {
  /** Offset of the first byte. */
  readonly first: number;
  readonly #bytes: Bytes;
  #text: string | undefined;

  /** @param first - offset of the first byte; split BTF continues the offsets of its base. */
  constructor(bytes: Bytes, first = 0) {
    this.#bytes = bytes;
    this.first = first;
  }

  get data(): Uint8Array {
    return this.#bytes.data;
  }

  /** The offset after the last string. */
  get end(): number {
    return this.first + this.#bytes.length;
  }

  /** @throws ObjectFormatError for an offset outside the table or a string without a final NUL. */
  at(offset: number): string {
    const from = offset - this.first;
    this.#bytes.check(from, 1, "a string");
    const { data } = this.#bytes;
    const end = data.indexOf(0, from);
    if (end < 0) this.#bytes.fail(from, "a string has no final NUL");
    if (end - from > LONGEST) this.#bytes.fail(from, `a name of ${end - from} characters`);
    if (!isAscii(data, from, end)) return utf8.decode(data.subarray(from, end));
    if (end - from <= SHORT) {
      // Not by spread, which iterates: decoding names takes half of the parsing time.
      const codes: ArrayLike<number> = data.subarray(from, end);
      return String.fromCharCode.apply(null, codes as number[]);
    }
    this.#text ??= bytewise.decode(data);
    return this.#text.slice(from, end);
  }

  /** Compares the string at an offset with a text, without decoding the string. */
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

  /** Returns {@link hashOfName} of the string at an offset, without decoding the string. */
  hash(offset: number): number {
    const from = offset - this.first;
    this.#bytes.check(from, 1, "a string");
    return hashBytes(this.#bytes.data, from);
  }
}

/** A hash that ignores the flavour of a name, that is, everything from `___` on. */
export function hashOfName(name: string): number {
  return hashBytes(new TextEncoder().encode(name), 0);
}

/** Returns {@link hashOfName} of the string that starts at `from`. */
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
