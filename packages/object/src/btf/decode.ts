// SPDX-License-Identifier: MIT
import type { Bytes } from "../bytes.js";
import { flagOf, kindOf, TYPE_HEADER, vlenOf } from "./layout.js";
import { type BtfEnumerator, type BtfMember, type BtfType, btfKinds } from "./types.js";

/** One type at its place, with what follows it. */
interface Raw {
  readonly bytes: Bytes;
  readonly name: string;
  readonly vlen: number;
  readonly flag: boolean;
  /** The third word: a size or a type. */
  readonly word: number;
  /** Where the part behind the common one begins. */
  readonly tail: number;
  string(offset: number): string;
}

/** Decodes the type at a place that was checked to hold all of it. */
export function decodeType(bytes: Bytes, at: number, string: (offset: number) => string): BtfType {
  const info = bytes.u32(at + 4);
  return decode(btfKinds[kindOf(info)], {
    bytes,
    name: string(bytes.u32(at)),
    vlen: vlenOf(info),
    flag: flagOf(info),
    word: bytes.u32(at + 8),
    tail: at + TYPE_HEADER,
    string,
  });
}

function decode(kind: (typeof btfKinds)[number] | undefined, raw: Raw): BtfType {
  const { name, word, flag, bytes, tail } = raw;
  switch (kind) {
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
      const [elementType, indexType] = [bytes.u32(tail), bytes.u32(tail + 4)];
      return { kind, name, elementType, indexType, count: bytes.u32(tail + 8) };
    }
    case "STRUCT":
    case "UNION":
      return { kind, name, size: word, flag, members: each(raw, 12, (part) => member(raw, part)) };
    case "ENUM":
      return { kind, name, size: word, signed: flag, values: each(raw, 8, (p) => value(raw, p)) };
    case "ENUM64":
      return { kind, name, size: word, signed: flag, values: each(raw, 12, (p) => wide(raw, p)) };
    case "FWD":
      return { kind, name, union: flag };
    case "FUNC":
      return { kind, name, type: word, linkage: raw.vlen };
    case "FUNC_PROTO":
      return { kind, name, returnType: word, params: each(raw, 8, (part) => reference(raw, part)) };
    case "VAR":
      return { kind, name, type: word, linkage: bytes.u32(tail) };
    case "DATASEC":
      return { kind, name, size: word, vars: each(raw, 12, (part) => variable(raw, part)) };
    case "FLOAT":
      return { kind, name, size: word };
    case "DECL_TAG":
      return { kind, name, type: word, component: bytes.i32(tail), flag };
    default:
      return bytes.fail(tail - TYPE_HEADER, "a type of an unknown kind");
  }
}

function each<T>({ vlen, tail }: Raw, size: number, read: (part: number) => T): T[] {
  return Array.from({ length: vlen }, (_, i) => read(tail + i * size));
}

function int({ bytes, name, word, tail }: Raw): BtfType {
  const data = bytes.u32(tail);
  const encoding = (data >>> 24) & 0xf;
  return {
    kind: "INT",
    name,
    size: word,
    signed: (encoding & 1) !== 0,
    char: (encoding & 2) !== 0,
    bool: (encoding & 4) !== 0,
    bitOffset: (data >>> 16) & 0xff,
    bits: data & 0xff,
  };
}

function reference({ bytes, string }: Raw, part: number): { name: string; type: number } {
  return { name: string(bytes.u32(part)), type: bytes.u32(part + 4) };
}

function member(raw: Raw, part: number): BtfMember {
  const offset = raw.bytes.u32(part + 8);
  return {
    ...reference(raw, part),
    bitOffset: raw.flag ? offset & 0xff_ffff : offset,
    bitSize: raw.flag ? offset >>> 24 : 0,
  };
}

function value({ bytes, flag, string }: Raw, part: number): BtfEnumerator {
  const number = flag ? bytes.i32(part + 4) : bytes.u32(part + 4);
  return { name: string(bytes.u32(part)), value: BigInt(number) };
}

function wide({ bytes, flag, string }: Raw, part: number): BtfEnumerator {
  const number = BigInt(bytes.u32(part + 4)) | (BigInt(bytes.u32(part + 8)) << 32n);
  return { name: string(bytes.u32(part)), value: flag ? BigInt.asIntN(64, number) : number };
}

function variable({ bytes }: Raw, part: number): { type: number; offset: number; size: number } {
  return { type: bytes.u32(part), offset: bytes.u32(part + 4), size: bytes.u32(part + 8) };
}
