// SPDX-License-Identifier: MIT
import { Bytes, plainBytes } from "../bytes.js";
import { StringTable } from "../strings.js";
import { decodeType, MEMBER, memberOf } from "./decode.js";
import { type BtfKindLayout, kindSizes, readSections, unknownKind } from "./header.js";
import { TYPE_HEADER, TYPE_WORDS, vlenOf, wordsOf } from "./layout.js";
import { groupOf, NameIndex } from "./name-index.js";
import { type BtfKind, BtfKindNumber, type BtfMember, type BtfType, btfKinds } from "./types.js";

const nothing: BtfType = { kind: "VOID", name: "" };

/** Options of {@link Btf.parse}. */
export interface BtfOptions {
  /** The base of split BTF: vmlinux BTF for the BTF of a module. */
  readonly base?: Btf;
  /** Name of the section, for error messages. */
  readonly section?: string;
}

/**
 * BTF of an object or a kernel, immutable. Parsing only finds where each type begins, so it takes
 * milliseconds even for a kernel. Types are decoded on first use.
 *
 * @example
 * ```ts
 * const vmlinux = Btf.parse(await readFile("/sys/kernel/btf/vmlinux"));
 * const id = vmlinux.id("task_struct", "STRUCT");
 * ```
 */
export class Btf {
  /** The bytes that were parsed. */
  readonly raw: Uint8Array;
  /** The base of split BTF. */
  readonly base: Btf | undefined;
  /** The first type id that is not in the base; ids start at 1, and 0 is void. */
  readonly firstId: number;
  /**
   * The sizes of types by the number of their kind, if the BTF has a layout section. It lets
   * readers skip kinds that they do not know. Since Linux 7.1.
   */
  readonly layout: readonly BtfKindLayout[] | undefined;
  readonly #bytes: Bytes;
  readonly #strings: StringTable;
  /** The type section. Little-endian, like all supported machines. */
  readonly #words: Uint32Array;
  /** The first word and the kind of each type. */
  readonly #starts: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #decoded = new Map<number, BtfType>();
  readonly #indices: (NameIndex | undefined)[] = [];

  private constructor(raw: Uint8Array, base: Btf | undefined, section: string) {
    const parts = readSections(new Bytes(section, raw));
    this.raw = plainBytes(raw);
    this.base = base;
    this.firstId = base === undefined ? 1 : base.endId;
    this.layout = parts.layout;
    this.#bytes = parts.types;
    this.#strings = new StringTable(parts.strings, base === undefined ? 0 : base.stringsEnd);
    this.#words = wordsOf(parts.types.data);
    // Split BTF may rely on the layout section of its base.
    const layout = parts.layout ?? base?.layout;
    ({ starts: this.#starts, kinds: this.#kinds } = placesOf(parts.types, this.#words, layout));
  }

  /**
   * Parses BTF: the section `.BTF` of an object, `/sys/kernel/btf/vmlinux`, or the BTF of a module
   * with vmlinux BTF as base.
   *
   * @throws ObjectFormatError if the header, the types, the strings or the layout section are
   *   malformed, or if a type has a kind that is neither known nor in the layout section.
   *   References between types are checked on use.
   */
  static parse(raw: Uint8Array, { base, section = ".BTF" }: BtfOptions = {}): Btf {
    return new Btf(raw, base, section);
  }

  /** The id after the last type. */
  get endId(): number {
    return this.firstId + this.#starts.length;
  }

  /** @internal The first string offset of BTF that has this BTF as its base. */
  get stringsEnd(): number {
    return this.#strings.end;
  }

  /** @internal The byte offset of a type in the type section. */
  offsetOf(id: number): number {
    return 4 * this.#start(id);
  }

  #start(id: number): number {
    return this.#starts[id - this.firstId] ?? this.#bytes.fail(0, `there is no type ${id}`);
  }

  /** Returns the string at an offset. */
  string(offset: number): string {
    if (this.base !== undefined && offset < this.base.stringsEnd) return this.base.string(offset);
    return offset === 0 ? "" : this.#strings.at(offset);
  }

  /** Compares the string at an offset with a text, without decoding the string. */
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

  /** Returns the type with an id, `undefined` if there is none. */
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

  /** @internal Drops the decoded types, which are several times larger than the raw BTF. */
  forget(): void {
    this.#decoded.clear();
  }

  /** Returns the type with an id, and throws ObjectFormatError if there is none. */
  type(id: number): BtfType {
    return this.find(id) ?? this.fail(id, `there is no type ${id}`);
  }

  /** Returns the kind of a type without decoding it; `undefined` if there is no such type. */
  kind(id: number): BtfType["kind"] | undefined {
    if (id === 0) return "VOID";
    if (id < this.firstId) return this.base?.kind(id);
    const kind = this.#kinds[id - this.firstId];
    return kind === undefined ? undefined : (btfKinds[kind] ?? "UNKNOWN");
  }

  /** Returns the name of a type without decoding it; empty for an anonymous type. */
  name(id: number): string {
    if (id === 0) return "";
    if (id < this.firstId) return this.base?.name(id) ?? "";
    return this.string(this.#words[this.#start(id)] as number);
  }

  /** @internal Returns one member of a struct or union without decoding the others. */
  member(id: number, index: number): BtfMember | undefined {
    if (id < this.firstId) return this.base?.member(id, index);
    const at = this.#start(id);
    if (index >= vlenOf(this.#words[at + 1] as number)) return undefined;
    return memberOf(this.#words, at, index, (offset) => this.string(offset));
  }

  /**
   * @internal Returns the index of the next member with the given name, or anonymous, starting
   * at `from`. Decodes no members.
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

  /** Returns the first id with a name, optionally only among some kinds. */
  id(name: string, ...kinds: readonly BtfKind[]): number | undefined {
    const inBase = this.base?.id(name, ...kinds);
    if (inBase !== undefined) return inBase;
    return this.idsOf(name, ...kinds).find((id) => this.name(id) === name);
  }

  /**
   * Returns the ids of all types with a name, ignoring flavours (`name___flavour`), optionally only
   * among some kinds. Types of the base are not included. Ids are in ascending order.
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

  /** One index per group of kinds, so that a lookup of a struct does not hash all functions. */
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

  /** Returns the ids of all types of a kind in ascending order, without those of the base. */
  idsOfKind(kind: BtfKind): number[] {
    const wanted = BtfKindNumber[kind];
    const found: number[] = [];
    let position = this.#kinds.indexOf(wanted);
    for (; position >= 0; position = this.#kinds.indexOf(wanted, position + 1)) {
      found.push(this.firstId + position);
    }
    return found;
  }

  /** @internal Throws an error at a type. */
  fail(id: number, reason: string): never {
    return this.#bytes.fail(4 * (this.#starts[id - this.firstId] ?? 0), reason);
  }
}

/**
 * Finds where each type begins, and its kind. It makes no calls: it usually runs before the engine
 * compiles it, once over all types of a kernel.
 */
function placesOf(
  types: Bytes,
  words: Uint32Array,
  layout: readonly BtfKindLayout[] | undefined,
): { starts: Uint32Array; kinds: Uint8Array } {
  const { fixed: fixedWords, each: wordsOfEach } = kindSizes(layout);
  const end = types.length / 4;
  const most = Math.floor(types.length / TYPE_HEADER);
  const starts = new Uint32Array(most);
  const kinds = new Uint8Array(most);
  let count = 0;
  let at = 0;
  while (at + TYPE_WORDS <= end) {
    const info = words[at + 1] as number;
    const kind = (info >>> 24) & 0x7f;
    const fixed = fixedWords[kind] as number;
    if (fixed === 0) types.fail(4 * at, unknownKind(kind, layout));
    starts[count] = at;
    kinds[count++] = kind;
    at += fixed + (wordsOfEach[kind] as number) * (info & 0xff_ffff);
  }
  if (at < end) types.fail(4 * at, "a type is cut off");
  if (at > end) types.fail(4 * (starts[count - 1] ?? 0), "a type is cut off");
  return { starts: starts.slice(0, count), kinds: kinds.slice(0, count) };
}
