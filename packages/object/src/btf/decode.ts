// SPDX-License-Identifier: MIT
import { flagOf, kindOf, TYPE_WORDS, vlenOf } from "./layout.js";
import {
  type BtfComposite,
  type BtfEnumerator,
  type BtfKind,
  type BtfMember,
  type BtfParameter,
  type BtfSectionVariable,
  type BtfType,
  btfKinds,
} from "./types.js";

/** Returns the string at an offset. */
type Strings = (offset: number) => string;

/** The words of all types, and how to interpret the parts of one of them. */
interface Parts {
  readonly words: Uint32Array;
  readonly flag: boolean;
  readonly string: Strings;
}

/** The header of one type, and where its parts are. */
interface Raw extends Parts {
  readonly vlen: number;
  readonly name: string;
  /** The third word: a size or a type id. */
  readonly word: number;
  /** Index of the first word after the common header. */
  readonly tail: number;
}

/** The caller has checked that the type is complete, so the word exists. */
const at = ({ words }: Parts, index: number): number => words[index] as number;

/** Decodes the type at a word index. The caller has checked that a complete type begins there. */
export function decodeType(words: Uint32Array, start: number, string: Strings): BtfType {
  const info = words[start + 1] as number;
  const name = string(words[start] as number);
  const kind = btfKinds[kindOf(info)];
  if (kind === undefined) return { kind: "UNKNOWN", name, number: kindOf(info) };
  return decode(kind, {
    words,
    name,
    vlen: vlenOf(info),
    flag: flagOf(info),
    word: words[start + 2] as number,
    tail: start + TYPE_WORDS,
    string,
  });
}

/** Decodes one member of the struct or union at a word index. */
export function memberOf(
  words: Uint32Array,
  start: number,
  index: number,
  string: Strings,
): BtfMember {
  const parts = { words, flag: flagOf(words[start + 1] as number), string };
  return member(parts, start + TYPE_WORDS + MEMBER * index);
}

/** Words per member. */
export const MEMBER = 3;

function decode(kind: BtfKind, raw: Raw): BtfType {
  const { name, word, flag, tail } = raw;
  switch (kind) {
    case "VOID":
      return { kind, name: "" };
    case "INT":
      return int(raw);
    case "PTR":
    case "CONST":
    case "VOLATILE":
    case "RESTRICT":
      return { kind, name, type: word };
    case "TYPEDEF":
    case "TYPE_TAG":
      return { kind, name, type: word, flag };
    case "ARRAY": {
      const [elementType, indexType] = [at(raw, tail), at(raw, tail + 1)];
      return { kind, name, elementType, indexType, count: at(raw, tail + 2) };
    }
    case "STRUCT":
    case "UNION":
      return composite(kind, raw);
    case "ENUM":
      return { kind, name, size: word, signed: flag, values: each(raw, 2, value) };
    case "ENUM64":
      return { kind, name, size: word, signed: flag, values: each(raw, 3, wide) };
    case "FWD":
      return { kind, name, union: flag };
    case "FUNC":
      return { kind, name, type: word, linkage: raw.vlen };
    case "FUNC_PROTO":
      return { kind, name, returnType: word, params: each(raw, 2, reference) };
    case "VAR":
      return { kind, name, type: word, linkage: at(raw, tail) };
    case "DATASEC":
      return { kind, name, size: word, vars: each(raw, 3, variable) };
    case "FLOAT":
      return { kind, name, size: word };
    case "DECL_TAG":
      return { kind, name, type: word, component: at(raw, tail) | 0, flag };
  }
}

/** Decodes members on first use: most types are only needed for their kind or size. */
function composite(kind: BtfComposite["kind"], raw: Raw): BtfComposite {
  const { name, word: size, flag } = raw;
  let known: readonly BtfMember[] | undefined;
  return {
    kind,
    name,
    size,
    flag,
    get members() {
      known ??= each(raw, MEMBER, member);
      return known;
    },
  };
}

function each<T>(raw: Raw, size: number, read: (parts: Parts, part: number) => T): T[] {
  const found: T[] = [];
  for (let i = 0; i < raw.vlen; i++) found.push(read(raw, raw.tail + i * size));
  return found;
}

function int(raw: Raw): BtfType {
  const data = at(raw, raw.tail);
  const encoding = (data >>> 24) & 0xf;
  return {
    kind: "INT",
    name: raw.name,
    size: raw.word,
    signed: (encoding & 1) !== 0,
    char: (encoding & 2) !== 0,
    bool: (encoding & 4) !== 0,
    bitOffset: (data >>> 16) & 0xff,
    bits: data & 0xff,
  };
}

function reference(parts: Parts, part: number): BtfParameter {
  return { name: parts.string(at(parts, part)), type: at(parts, part + 1) };
}

function member(parts: Parts, part: number): BtfMember {
  const offset = at(parts, part + 2);
  return {
    name: parts.string(at(parts, part)),
    type: at(parts, part + 1),
    bitOffset: parts.flag ? offset & 0xff_ffff : offset,
    bitSize: parts.flag ? offset >>> 24 : 0,
  };
}

function value(parts: Parts, part: number): BtfEnumerator {
  const word = at(parts, part + 1);
  return { name: parts.string(at(parts, part)), value: BigInt(parts.flag ? word | 0 : word) };
}

function wide(parts: Parts, part: number): BtfEnumerator {
  const number = BigInt(at(parts, part + 1)) | (BigInt(at(parts, part + 2)) << 32n);
  const name = parts.string(at(parts, part));
  return { name, value: parts.flag ? BigInt.asIntN(64, number) : number };
}

function variable(parts: Parts, part: number): BtfSectionVariable {
  return { type: at(parts, part), offset: at(parts, part + 1), size: at(parts, part + 2) };
}
