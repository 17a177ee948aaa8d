// SPDX-License-Identifier: MIT
import { Btf } from "./btf.js";
import { BTF_HEADER, BTF_LONG_HEADER, BTF_MAGIC, infoOf, TYPE_HEADER } from "./layout.js";
import { type BtfKind, BtfKindNumber } from "./types.js";

/**
 * Changes BTF in place: types keep their ids and lengths, strings keep their offsets, and additions
 * go to the end. The result differs from the compiler's BTF only where needed, as in other loaders.
 */
export class BtfEditor {
  readonly #btf: Btf;
  readonly #raw: Uint8Array;
  readonly #view: DataView;
  readonly #header: number;
  readonly #added: number[][] = [];
  readonly #addedStrings: string[] = [];
  #addedLength = 0;
  #layoutDropped = false;

  /** @param btf - BTF of an object, without a base. */
  constructor(btf: Btf) {
    this.#btf = btf;
    this.#raw = btf.raw.slice();
    this.#view = new DataView(this.#raw.buffer);
    this.#header = this.#view.getUint32(4, true);
  }

  /** Replaces the kind of a type; its length must stay the same. */
  setKind(id: number, kind: BtfKind, vlen: number, flag = false): void {
    this.#set(id, 4, infoOf(BtfKindNumber[kind], vlen, flag));
  }

  setName(id: number, offset: number): void {
    this.#set(id, 0, offset);
  }

  /** Sets the size of a type, or the type that it refers to. */
  setWord(id: number, word: number): void {
    this.#set(id, 8, word);
  }

  /** Sets one of the words after the common header of a type. */
  setTail(id: number, index: number, value: number): void {
    this.#set(id, TYPE_HEADER + 4 * index, value);
  }

  tail(id: number, index: number): number {
    return this.#view.getUint32(this.#place(id) + TYPE_HEADER + 4 * index, true);
  }

  /** Returns the string offset of a type's name. */
  nameOffset(id: number): number {
    return this.#view.getUint32(this.#place(id), true);
  }

  /** Replaces characters of a string by ASCII characters. */
  patchString(offset: number, patch: (char: string) => string): void {
    const start = this.#header + this.#view.getUint32(16, true) + offset;
    for (let at = start; this.#raw[at] !== 0; at++) {
      this.#raw[at] = patch(String.fromCharCode(this.#raw[at] as number)).charCodeAt(0);
    }
  }

  /** Adds a string unless the table already contains it, and returns its offset. */
  addString(text: string): number {
    const known = this.#findString(text);
    if (known !== undefined) return known;
    const offset = this.#btf.stringsEnd + this.#addedLength;
    this.#addedStrings.push(text);
    this.#addedLength += text.length + 1;
    return offset;
  }

  /** Adds a type and returns its id. */
  addType(name: number, kind: BtfKind, vlen: number, ...words: readonly number[]): number {
    this.#added.push([name, infoOf(BtfKindNumber[kind], vlen), ...words]);
    return this.#btf.endId + this.#added.length - 1;
  }

  /** Removes the layout section, which kernels before 7.1 refuse. */
  dropLayout(): void {
    this.#layoutDropped = this.#btf.layout !== undefined;
  }

  finish(): Btf {
    const changed = this.#added.length > 0 || this.#addedLength > 0 || this.#layoutDropped;
    if (!changed) return Btf.parse(this.#raw);
    const view = this.#view;
    const part = (at: number): Uint8Array => {
      const start = this.#header + view.getUint32(at, true);
      return this.#raw.subarray(start, start + view.getUint32(at + 4, true));
    };
    const types = concat([part(8), words(this.#added.flat())]);
    const text = this.#addedStrings.map((string) => `${string}\0`).join("");
    const strings = concat([part(16), new TextEncoder().encode(text)]);
    const keepsLayout = this.#btf.layout !== undefined && !this.#layoutDropped;
    return Btf.parse(joinBtf(types, strings, keepsLayout ? part(24) : undefined));
  }

  #findString(text: string): number | undefined {
    const start = this.#header + this.#view.getUint32(16, true);
    const bytes = this.#raw.subarray(start, start + this.#btf.stringsEnd);
    const wanted = new TextEncoder().encode(`\0${text}\0`);
    for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) {
      if (wanted.every((byte, i) => bytes[at + i] === byte)) return at + 1;
    }
    return undefined;
  }

  #place(id: number): number {
    return this.#header + this.#view.getUint32(8, true) + this.#btf.offsetOf(id);
  }

  #set(id: number, at: number, value: number): void {
    this.#view.setUint32(this.#place(id) + at, value, true);
  }
}

/** Joins types, an optional layout section, and strings to BTF, with a new header. */
export function joinBtf(types: Uint8Array, strings: Uint8Array, layout?: Uint8Array): Uint8Array {
  const { length: size } = layout ?? [];
  const length = layout === undefined ? BTF_HEADER : BTF_LONG_HEADER;
  const header = new DataView(new ArrayBuffer(length));
  header.setUint16(0, BTF_MAGIC, true);
  header.setUint8(2, 1);
  const numbers = [length, 0, types.length, types.length + size, strings.length];
  if (layout !== undefined) numbers.push(types.length, size);
  for (const [i, number] of numbers.entries()) header.setUint32(4 + 4 * i, number, true);
  return concat([new Uint8Array(header.buffer), types, layout ?? new Uint8Array(), strings]);
}

/** Encodes little-endian words. */
export function words(numbers: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [i, number] of numbers.entries()) view.setUint32(i * 4, number, true);
  return new Uint8Array(view.buffer);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
