// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType } from "../btf/resolve.js";
import type { BtfMember } from "../btf/types.js";
import { fitting, misfit } from "./basic.js";
import { type Codec, type Codecs, codecOf, type Value } from "./codec.js";

/** A member of a struct or union, or of an anonymous one in it. Returned by {@link fieldsOf}. */
export interface Field {
  /** The member's name. */
  readonly name: string;
  /** Type id of the member. */
  readonly type: number;
  /** Byte offset from the start of the outermost struct. */
  readonly offset: number;
  /** For a bit field: its lowest bit in the word at `offset`, and its width. */
  readonly bits?: { readonly shift: number; readonly count: number };
}

/** No program has a struct with more members. */
const MOST_FIELDS = 65_536;
const DEEPEST = 32;

/**
 * Lists the members of a struct or union, including those of anonymous structs and unions in it.
 *
 * @throws ObjectFormatError for more than 65,536 members, and for more than 32 nested anonymous
 *   structs.
 * @example
 * ```ts
 * fieldsOf(btf, id).map(({ name, offset }) => `${name} at ${offset}`);
 * ```
 */
export function fieldsOf(btf: Btf, id: number): readonly Field[] {
  const found: Field[] = [];
  let seen = 0;
  const walk = (at: number, base: number, depth: number): void => {
    const type = btf.type(at);
    if (depth > DEEPEST) btf.fail(id, `anonymous structs are nested more than ${DEEPEST} deep`);
    if (type.kind !== "STRUCT" && type.kind !== "UNION") return;
    for (const member of type.members) {
      // Counts unnamed members too: nested anonymous structs can multiply quickly.
      if (++seen > MOST_FIELDS) btf.fail(id, `more than ${MOST_FIELDS} members`);
      const offset = base + Math.floor(member.bitOffset / 8);
      if (member.bitSize > 0) found.push(...bitField(member, base));
      else if (member.name !== "") found.push({ name: member.name, type: member.type, offset });
      else walk(resolveType(btf, member.type).id, offset, depth + 1);
    }
  };
  walk(id, 0, 0);
  return found;
}

/** Lists the variables of a DATASEC. */
export function sectionFields(btf: Btf, id: number): readonly Field[] {
  const section = btf.type(id);
  if (section.kind !== "DATASEC") return [];
  return section.vars.map(({ type, offset }) => ({ name: btf.name(type), type, offset }));
}

/** Unnamed bit fields are padding. */
function bitField({ name, type, bitOffset, bitSize }: BtfMember, base: number): readonly Field[] {
  if (name === "") return [];
  const offset = base + Math.floor(bitOffset / 8);
  return [{ name, type, offset, bits: { shift: bitOffset % 8, count: bitSize } }];
}

/** A type with members: a struct, a union, or a section of variables. */
interface Composite {
  readonly id: number;
  readonly size: number;
  readonly fields: readonly Field[];
}

/** Codec for structs, unions and sections of variables. */
export function compositeCodec(codecs: Codecs, type: Composite, depth: number): Codec {
  const fields = type.fields.map((field) => ({
    ...field,
    codec: fieldCodec(codecs, field, depth),
  }));
  for (const { name, offset, codec } of fields) {
    if (offset + codec.size > type.size) {
      codecs.btf.fail(type.id, `member ${name} reaches beyond the ${type.size} bytes`);
    }
  }
  const known = new Map(fields.map((field) => [field.name, field]));
  return {
    size: type.size,
    weight: fields.reduce((sum, { codec }) => sum + (codec.weight ?? 1), 1),
    read: (view, at) => {
      const value: Record<string, Value> = {};
      for (const { name, offset, codec } of fields) value[name] = codec.read(view, at + offset);
      return value;
    },
    write: (view, at, value, path) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        misfit(path, "an object", value);
      }
      for (const [name, one] of Object.entries(value as object)) {
        const field = known.get(name);
        if (field === undefined) {
          const there = [...known.keys()].join(", ");
          throw new TypeError(`${path}.${name}: no such member; members are: ${there}`);
        }
        if (one !== undefined) field.codec.write(view, at + field.offset, one, `${path}.${name}`);
      }
    },
  };
}

function fieldCodec(codecs: Codecs, { type, bits }: Field, depth: number): Codec {
  return bits === undefined ? codecOf(codecs, type, depth + 1) : bitsCodec(codecs.btf, type, bits);
}

function bitsCodec(btf: Btf, id: number, { shift, count }: NonNullable<Field["bits"]>): Codec {
  const { type } = resolveType(btf, id);
  const signed =
    (type.kind === "INT" || type.kind === "ENUM" || type.kind === "ENUM64") && type.signed;
  const bool = type.kind === "INT" && type.bool;
  const mask = (1n << BigInt(count)) - 1n;
  const size = Math.ceil((shift + count) / 8);
  const word = (view: DataView, at: number): bigint => {
    let all = 0n;
    for (let i = size - 1; i >= 0; i--) all = (all << 8n) | BigInt(view.getUint8(at + i));
    return all;
  };
  return {
    size,
    read: (view, at) => {
      const plain = (word(view, at) >> BigInt(shift)) & mask;
      if (bool) return plain !== 0n;
      const value = signed ? BigInt.asIntN(count, plain) : plain;
      return wideType(type) ? value : Number(value);
    },
    write: (view, at, value, path) => {
      const number = bool ? BigInt(value === true) : fitting(value, count, signed, path);
      let all = word(view, at) & ~(mask << BigInt(shift));
      all |= (number & mask) << BigInt(shift);
      for (let i = 0; i < size; i++, all >>= 8n) view.setUint8(at + i, Number(all & 0xffn));
    },
  };
}

/** Whether the declared type of a bit field is wider than 32 bits, so that it needs a bigint. */
function wideType(type: { readonly kind: string; readonly size?: number }): boolean {
  return (type.size ?? 0) > 4;
}
