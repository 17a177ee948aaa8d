// SPDX-License-Identifier: MIT
import { concat, joinBtf, words } from "./editor.js";
import { BTF_MAX_VLEN, fixedWords, infoOf, TYPE_WORDS, wordsOfEach } from "./layout.js";
import {
  type BtfComposite,
  type BtfEnum,
  type BtfInt,
  type BtfKind,
  BtfKindNumber,
  type BtfType,
  btfKinds,
} from "./types.js";

/** Options of {@link encodeBtf}. */
export interface EncodeBtfOptions {
  /**
   * Whether to add a layout section with the sizes of all known kinds. Kernels before 7.1 refuse
   * it with E2BIG. Default false.
   */
  readonly layout?: boolean;
}

/**
 * Encodes types as BTF; the first type gets id 1. Each distinct name is stored once.
 *
 * @returns bytes for {@link Btf.parse} or `bpf(BTF_LOAD)`.
 * @throws TypeError for a type of kind VOID or UNKNOWN, which have no encoding; RangeError for a
 *   type with more than 16,777,215 parts. Kernels before 7.2 refuse more than 65,535.
 * @example
 * ```ts
 * const raw = encodeBtf([
 *   { kind: "FWD", name: "task_struct", union: false },
 *   { kind: "PTR", name: "", type: 1 },
 * ]);
 * ```
 */
export function encodeBtf(
  types: Iterable<BtfType>,
  { layout = false }: EncodeBtfOptions = {},
): Uint8Array {
  const strings = new Strings();
  const encoded = Array.from(types, (type) => words(wordsOf(type, strings)));
  return joinBtf(concat(encoded), strings.bytes(), layout ? layoutOfKinds() : undefined);
}

/** The layout section: for each kind the bytes after the common header, and of each part. */
function layoutOfKinds(): Uint8Array {
  return Uint8Array.from(
    btfKinds.flatMap((_, kind) => {
      const fixed = kind === 0 ? 0 : (fixedWords[kind] as number) - TYPE_WORDS;
      return [4 * fixed, 4 * (wordsOfEach[kind] as number), 0, 0];
    }),
  );
}

class Strings {
  readonly #offsets = new Map([["", 0]]);
  readonly #encoded: Uint8Array[] = [new Uint8Array(1)];
  #length = 1;

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#length;
    const bytes = new TextEncoder().encode(`${text}\0`);
    this.#encoded.push(bytes);
    this.#offsets.set(text, offset);
    this.#length += bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    return concat(this.#encoded);
  }
}

function wordsOf(type: BtfType, strings: Strings): number[] {
  const name = strings.add(type.name);
  const head = (vlen: number, flag: boolean, word: number): number[] => [
    name,
    infoFor(type, vlen, flag),
    word,
  ];
  switch (type.kind) {
    case "VOID":
      throw new TypeError("VOID has no encoding: it is always type id 0");
    case "UNKNOWN":
      throw new TypeError(`BTF kind ${type.number} has no encoding: its parts are not known`);
    case "INT":
      return [...head(0, false, type.size), intData(type)];
    case "PTR":
    case "CONST":
    case "VOLATILE":
    case "RESTRICT":
      return head(0, false, type.type);
    case "TYPEDEF":
    case "TYPE_TAG":
      return head(0, type.flag, type.type);
    case "ARRAY":
      return [...head(0, false, 0), type.elementType, type.indexType, type.count];
    case "STRUCT":
    case "UNION":
      return [...head(type.members.length, type.flag, type.size), ...memberWords(type, strings)];
    case "ENUM":
    case "ENUM64":
      return [...head(type.values.length, type.signed, type.size), ...enumWords(type, strings)];
    case "FWD":
      return head(0, type.union, 0);
    case "FUNC":
      return head(type.linkage, false, type.type);
    case "FUNC_PROTO": {
      const params = type.params.flatMap(({ name, type: of }) => [strings.add(name), of]);
      return [...head(type.params.length, false, type.returnType), ...params];
    }
    case "VAR":
      return [...head(0, false, type.type), type.linkage];
    case "DATASEC": {
      const vars = type.vars.flatMap(({ type: of, offset, size }) => [of, offset, size]);
      return [...head(type.vars.length, false, type.size), ...vars];
    }
    case "FLOAT":
      return head(0, false, type.size);
    case "DECL_TAG":
      return [...head(0, type.flag, type.type), type.component >>> 0];
  }
}

function infoFor({ kind, name }: BtfType, vlen: number, flag: boolean): number {
  if (vlen > BTF_MAX_VLEN) {
    throw new RangeError(`type '${name}' has ${vlen} parts; BTF has room for ${BTF_MAX_VLEN}`);
  }
  return infoOf(BtfKindNumber[kind as BtfKind], vlen, flag);
}

function intData({ signed, char, bool, bitOffset, bits }: BtfInt): number {
  const encoding = (signed ? 1 : 0) | (char ? 2 : 0) | (bool ? 4 : 0);
  return (encoding << 24) | (bitOffset << 16) | bits;
}

function memberWords({ flag, members }: BtfComposite, strings: Strings): number[] {
  return members.flatMap(({ name, type, bitOffset, bitSize }) => [
    strings.add(name),
    type,
    flag ? ((bitSize << 24) | bitOffset) >>> 0 : bitOffset,
  ]);
}

function enumWords(type: BtfEnum, strings: Strings): number[] {
  return type.values.flatMap(({ name, value }) => {
    const low = Number(BigInt.asUintN(32, value));
    if (type.kind === "ENUM") return [strings.add(name), low];
    return [strings.add(name), low, Number(BigInt.asUintN(32, value >> 32n))];
  });
}
