// SPDX-License-Identifier: MIT
import { Bytes, plainBytes } from "../bytes.js";
import { StringTable } from "../strings.js";
import { decodeType } from "./decode.js";
import {
  BTF_HEADER,
  BTF_MAGIC,
  fixedTail,
  kindOf,
  LAST_KIND,
  TYPE_HEADER,
  tailOfEach,
  vlenOf,
  wordsOf,
} from "./layout.js";
import { NameIndex } from "./name-index.js";
import { type BtfKind, BtfKindNumber, type BtfType, btfKinds } from "./types.js";

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
  readonly #offsets: Uint32Array;
  readonly #decoded = new Map<number, BtfType>();
  #index: NameIndex | undefined;

  private constructor(raw: Uint8Array, base: Btf | undefined, section: string) {
    const parts = readHeader(new Bytes(section, raw));
    this.raw = plainBytes(raw);
    this.base = base;
    this.firstId = base === undefined ? 1 : base.endId;
    this.#bytes = parts.types;
    this.#strings = new StringTable(parts.strings, base === undefined ? 0 : base.stringsEnd);
    this.#offsets = offsetsOf(parts.types);
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
    return this.firstId + this.#offsets.length;
  }

  /** @internal The offset of strings at which BTF that continues this one goes on. */
  get stringsEnd(): number {
    return this.#strings.end;
  }

  /** @internal Where in the section of types a type begins. */
  offsetOf(id: number): number {
    return this.#offsets[id - this.firstId] ?? this.#bytes.fail(0, `there is no type ${id}`);
  }

  /** A string by its offset. */
  string(offset: number): string {
    if (this.base !== undefined && offset < this.base.stringsEnd) return this.base.string(offset);
    return offset === 0 ? "" : this.#strings.at(offset);
  }

  /** @internal See {@link StringTable.hash}. */
  hash(offset: number): number {
    if (this.base !== undefined && offset < this.base.stringsEnd) return this.base.hash(offset);
    return this.#strings.hash(offset);
  }

  /** The type of an id, `undefined` if there is none. */
  find(id: number): BtfType | undefined {
    if (id === 0) return nothing;
    if (id < this.firstId) return this.base?.find(id);
    const at = this.#offsets[id - this.firstId];
    if (at === undefined) return undefined;
    const known = this.#decoded.get(id);
    if (known !== undefined) return known;
    const type = decodeType(this.#bytes, at, (offset) => this.string(offset));
    this.#decoded.set(id, type);
    return type;
  }

  /** The type of an id that has to be there. */
  type(id: number): BtfType {
    return this.find(id) ?? this.fail(id, `there is no type ${id}`);
  }

  /** The kind of a type, without decoding it; `undefined` if there is no such type. */
  kind(id: number): BtfKind | undefined {
    if (id === 0) return "VOID";
    if (id < this.firstId) return this.base?.kind(id);
    const at = this.#offsets[id - this.firstId];
    return at === undefined ? undefined : btfKinds[kindOf(this.#bytes.u32(at + 4))];
  }

  /** The name of a type, without decoding it; empty if it has none. */
  name(id: number): string {
    if (id === 0) return "";
    if (id < this.firstId) return this.base?.name(id) ?? "";
    return this.string(this.#bytes.u32(this.offsetOf(id)));
  }

  /** The first id with that name, of one of these kinds if some are given. */
  id(name: string, ...kinds: readonly BtfKind[]): number | undefined {
    const inBase = this.base?.id(name, ...kinds);
    if (inBase !== undefined) return inBase;
    return this.idsOf(name).find(
      (id) =>
        (kinds.length === 0 || kinds.includes(this.kind(id) as BtfKind)) && this.name(id) === name,
    );
  }

  /**
   * Ids of all types, without the base's, whose name is the given one when their flavour
   * (`name___flavour`) is left out; in rising order.
   */
  idsOf(name: string): readonly number[] {
    this.#index ??= new NameIndex(this.#bytes, this.#offsets, {
      own: this.#strings,
      string: (offset) => this.string(offset),
      hash: (offset) => this.hash(offset),
    });
    return this.#index.find(name).map((position) => this.firstId + position);
  }

  /** Ids of the types of a kind, without the base's, in rising order. */
  idsOfKind(kind: BtfKind): number[] {
    const wanted = BtfKindNumber[kind];
    const found: number[] = [];
    this.#offsets.forEach((at, position) => {
      if (kindOf(this.#bytes.u32(at + 4)) === wanted) found.push(this.firstId + position);
    });
    return found;
  }

  /** @internal An error at a type. */
  fail(id: number, reason: string): never {
    return this.#bytes.fail(this.#offsets[id - this.firstId] ?? 0, reason);
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

/** Where each type begins. The one loop that runs over all types of a kernel. */
function offsetsOf(types: Bytes): Uint32Array {
  const { length } = types;
  const words = wordsOf(types.data);
  const offsets = new Uint32Array(Math.floor(length / TYPE_HEADER));
  let count = 0;
  let at = 0;
  while (at < length) {
    if (at + TYPE_HEADER > length) types.fail(at, "a type is cut off");
    const info = words[(at >>> 2) + 1] as number;
    const kind = kindOf(info);
    if (kind === 0 || kind > LAST_KIND) types.fail(at, `a type of kind ${kind}`);
    offsets[count++] = at;
    at += TYPE_HEADER + (fixedTail[kind] as number) + (tailOfEach[kind] as number) * vlenOf(info);
  }
  if (at > length) types.fail(offsets[count - 1] ?? 0, "a type is cut off");
  return offsets.slice(0, count);
}
