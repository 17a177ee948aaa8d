// SPDX-License-Identifier: MIT
import { Bytes, plainBytes } from "../bytes.js";
import { StringTable } from "../strings.js";
import { decodeType, MEMBER, memberOf } from "./decode.js";
import {
  BTF_HEADER,
  BTF_MAGIC,
  fixedWords,
  TYPE_HEADER,
  TYPE_WORDS,
  vlenOf,
  wordsOf,
  wordsOfEach,
} from "./layout.js";
import { groupOf, NameIndex } from "./name-index.js";
import { type BtfKind, BtfKindNumber, type BtfMember, type BtfType, btfKinds } from "./types.js";

const nothing: BtfType = { kind: "VOID", name: "" };

/** How BTF is read. */
export interface BtfOptions {
  /** What the BTF continues: that of vmlinux for the BTF of a module. */
  readonly base?: Btf;
  /** Where the bytes are from, for errors. */
  readonly section?: string;
}

/**
 * Type information: of an object, or of a kernel. Only where each type begins is read at first, so
 * that the types of a whole kernel are ready within milliseconds; types are decoded when asked for.
 * A value: nothing changes it.
 */
export class Btf {
  /** The bytes that it was read from. */
  readonly raw: Uint8Array;
  readonly base: Btf | undefined;
  /** The id of the first type that is not the base's; ids start at 1, 0 is void. */
  readonly firstId: number;
  readonly #bytes: Bytes;
  readonly #strings: StringTable;
  /** The section of types. Little-endian, as every machine that runs this. */
  readonly #words: Uint32Array;
  /** Where each type begins, as an index of words, and its kind. */
  readonly #starts: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #decoded = new Map<number, BtfType>();
  readonly #indices: (NameIndex | undefined)[] = [];

  private constructor(raw: Uint8Array, base: Btf | undefined, section: string) {
    const parts = readHeader(new Bytes(section, raw));
    this.raw = plainBytes(raw);
    this.base = base;
    this.firstId = base === undefined ? 1 : base.endId;
    this.#bytes = parts.types;
    this.#strings = new StringTable(parts.strings, base === undefined ? 0 : base.stringsEnd);
    this.#words = wordsOf(parts.types.data);
    ({ starts: this.#starts, kinds: this.#kinds } = placesOf(parts.types, this.#words));
  }

  /**
   * Reads BTF: the section `.BTF` of an object, `/sys/kernel/btf/vmlinux`, or a module's with
   * vmlinux as base.
   *
   * @throws ObjectFormatError if a type or string does not fit; what types refer to is looked at
   *   when they are used.
   */
  static parse(raw: Uint8Array, { base, section = ".BTF" }: BtfOptions = {}): Btf {
    return new Btf(raw, base, section);
  }

  /** The id behind the last one. */
  get endId(): number {
    return this.firstId + this.#starts.length;
  }

  /** @internal The offset of strings at which BTF that continues this one goes on. */
  get stringsEnd(): number {
    return this.#strings.end;
  }

  /** @internal Where in the section of types a type begins. */
  offsetOf(id: number): number {
    return 4 * this.#start(id);
  }

  #start(id: number): number {
    return this.#starts[id - this.firstId] ?? this.#bytes.fail(0, `there is no type ${id}`);
  }

  /** A string by its offset. */
  string(offset: number): string {
    if (this.base !== undefined && offset < this.base.stringsEnd) return this.base.string(offset);
    return offset === 0 ? "" : this.#strings.at(offset);
  }

  /** Whether the string at an offset is a given one, without making the string. */
  #isString(offset: number, text: string): boolean {
    if (this.base !== undefined && offset < this.base.stringsEnd) {
      return this.base.#isString(offset, text);
    }
    if (offset === 0) return text === "";
    return this.#strings.equals(offset, text);
  }

  /** See {@link StringTable.hash}. */
  #hash(offset: number): number {
    if (this.base !== undefined && offset < this.base.stringsEnd) return this.base.#hash(offset);
    return this.#strings.hash(offset);
  }

  /** The type of an id, `undefined` if there is none. */
  find(id: number): BtfType | undefined {
    if (id === 0) return nothing;
    if (id < this.firstId) return this.base?.find(id);
    const at = this.#starts[id - this.firstId];
    if (at === undefined) return undefined;
    const known = this.#decoded.get(id);
    if (known !== undefined) return known;
    const type = decodeType(this.#words, at, (offset) => this.string(offset));
    this.#decoded.set(id, type);
    return type;
  }

  /** @internal Lets go of what was decoded, as several times as large as the bytes as it is. */
  forget(): void {
    this.#decoded.clear();
  }

  /** The type of an id that has to be there. */
  type(id: number): BtfType {
    return this.find(id) ?? this.fail(id, `there is no type ${id}`);
  }

  /** The kind of a type, without decoding it; `undefined` if there is no such type. */
  kind(id: number): BtfKind | undefined {
    if (id === 0) return "VOID";
    if (id < this.firstId) return this.base?.kind(id);
    const kind = this.#kinds[id - this.firstId];
    return kind === undefined ? undefined : btfKinds[kind];
  }

  /** The name of a type, without decoding it; empty if it has none. */
  name(id: number): string {
    if (id === 0) return "";
    if (id < this.firstId) return this.base?.name(id) ?? "";
    return this.string(this.#words[this.#start(id)] as number);
  }

  /** @internal One member of a structure or union, without decoding the others. */
  member(id: number, index: number): BtfMember | undefined {
    if (id < this.firstId) return this.base?.member(id, index);
    const at = this.#start(id);
    if (index >= vlenOf(this.#words[at + 1] as number)) return undefined;
    return memberOf(this.#words, at, index, (offset) => this.string(offset));
  }

  /**
   * @internal The index of the next member of a structure or union that has the given name, or none
   * at all, from an index on. No member is decoded.
   */
  nextMember(id: number, name: string, from: number): number | undefined {
    if (id < this.firstId) return this.base?.nextMember(id, name, from);
    const at = this.#start(id);
    const count = vlenOf(this.#words[at + 1] as number);
    for (let index = from; index < count; index++) {
      const offset = this.#words[at + TYPE_WORDS + MEMBER * index] as number;
      if (this.#isString(offset, "") || this.#isString(offset, name)) return index;
    }
    return undefined;
  }

  /** The first id with that name, of one of these kinds if some are given. */
  id(name: string, ...kinds: readonly BtfKind[]): number | undefined {
    const inBase = this.base?.id(name, ...kinds);
    if (inBase !== undefined) return inBase;
    return this.idsOf(name, ...kinds).find((id) => this.name(id) === name);
  }

  /**
   * Ids of all types, without the base's, whose name is the given one when their flavour
   * (`name___flavour`) is left out, of one of these kinds if some are given; in rising order.
   */
  idsOf(name: string, ...kinds: readonly BtfKind[]): readonly number[] {
    const numbers = new Set(
      (kinds.length === 0 ? btfKinds : kinds).map((one) => BtfKindNumber[one]),
    );
    const groups = new Set(Array.from(numbers, (number) => groupOf[number] as number));
    const found = Array.from(groups, (group) => this.#indexOf(group).find(name)).flat();
    return found
      .filter((position) => numbers.has(this.#kinds[position] as number))
      .map((position) => this.firstId + position)
      .sort((a, b) => a - b);
  }

  /** Types are found by name in groups of kinds: who looks for a structure leaves functions alone. */
  #indexOf(group: number): NameIndex {
    const { data, first } = this.#strings;
    this.#indices[group] ??= new NameIndex(group, {
      words: this.#words,
      starts: this.#starts,
      kinds: this.#kinds,
      own: data,
      first,
      string: (offset) => this.string(offset),
      hash: (offset) => this.#hash(offset),
    });
    return this.#indices[group];
  }

  /** Ids of the types of a kind, without the base's, in rising order. */
  idsOfKind(kind: BtfKind): number[] {
    const wanted = BtfKindNumber[kind];
    const found: number[] = [];
    let position = this.#kinds.indexOf(wanted);
    for (; position >= 0; position = this.#kinds.indexOf(wanted, position + 1)) {
      found.push(this.firstId + position);
    }
    return found;
  }

  /** @internal An error at a type. */
  fail(id: number, reason: string): never {
    return this.#bytes.fail(4 * (this.#starts[id - this.firstId] ?? 0), reason);
  }
}

function readHeader(bytes: Bytes): { types: Bytes; strings: Bytes } {
  if (bytes.length < BTF_HEADER || bytes.u16(0) !== BTF_MAGIC) bytes.fail(0, "this is no BTF");
  if (bytes.u8(2) !== 1) bytes.fail(2, `BTF of version ${bytes.u8(2)}`);
  const header = bytes.u32(4);
  if (header < BTF_HEADER) bytes.fail(4, `a header of ${header} bytes`);
  const part = (at: number, what: string): Bytes => {
    const start = header + bytes.u32(at);
    return new Bytes(bytes.section, bytes.slice(start, bytes.u32(at + 4), what));
  };
  const [types, strings] = [part(8, "the types"), part(16, "the strings")];
  if (strings.length > 0 && strings.u8(strings.length - 1) !== 0) {
    bytes.fail(header + bytes.u32(16), "the strings do not end with 0");
  }
  return { types, strings };
}

/**
 * Where each type begins, and of what kind it is. The one loop that runs over all types of a kernel:
 * mostly before it is compiled, so that it calls nothing.
 */
function placesOf(types: Bytes, words: Uint32Array): { starts: Uint32Array; kinds: Uint8Array } {
  const end = types.length / 4;
  const most = Math.floor(types.length / TYPE_HEADER);
  const starts = new Uint32Array(most);
  const kinds = new Uint8Array(most);
  let count = 0;
  let at = 0;
  while (at + TYPE_WORDS <= end) {
    const info = words[at + 1] as number;
    const kind = (info >>> 24) & 0x1f;
    const fixed = fixedWords[kind] as number;
    if (fixed === 0) types.fail(4 * at, `a type of kind ${kind}`);
    starts[count] = at;
    kinds[count++] = kind;
    at += fixed + (wordsOfEach[kind] as number) * (info & 0xffff);
  }
  if (at < end) types.fail(4 * at, "a type is cut off");
  if (at > end) types.fail(4 * (starts[count - 1] ?? 0), "a type is cut off");
  return { starts: starts.slice(0, count), kinds: kinds.slice(0, count) };
}
