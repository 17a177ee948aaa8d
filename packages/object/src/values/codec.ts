// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import { plainBytes } from "../bytes.js";
import { arrayCodec, floatCodec, intCodec, opaqueCodec, wordCodec } from "./basic.js";
import { compositeCodec, fieldsOf, sectionFields } from "./composite.js";

/** A value of C as JavaScript has it; see {@link valueCodec}. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [member: string]: Value };

/** Turns bytes of one type into values and back. */
export interface Codec<T extends Value = Value> {
  /** Bytes that a value takes. */
  readonly size: number;
  /** How many numbers, texts and the like are in it; 1 if it is not said. */
  readonly weight?: number;
  /** Reads a value. The bytes are copied where the value keeps them. */
  read(view: DataView, at: number): T;
  /** Writes a value. Throws TypeError or RangeError, naming `path`, for one that does not fit. */
  write(view: DataView, at: number, value: unknown, path: string): void;
}

/** A type of an object or a kernel, between bytes and JavaScript. */
export interface ValueCodec<T = Value> {
  /** Bytes that a value takes. */
  readonly size: number;
  /**
   * The value in some bytes.
   *
   * @throws RangeError if there are fewer than `size`.
   */
  decode(bytes: Uint8Array): T;
  /**
   * A value's bytes. Members of structs that are left out are 0.
   *
   * @param into - bytes to write over in place of zeroes: members that are left out stay as they are.
   * @throws TypeError or RangeError that names the member, for a value that does not fit.
   */
  encode(value: T, into?: Uint8Array): Uint8Array;
}

/** More types within types than that are no type of any program. */
const DEEPEST = 32;
/** Nor are more parts: structs of many structs of many structs can be written in a few bytes. */
const HEAVIEST = 1 << 24;

/**
 * How values of a type are read and written:
 *
 * - numbers of up to 32 bits are `number`, wider ones `bigint`, `bool` is `boolean`;
 * - `char[N]` is a `string` up to its first zero, arrays of other bytes are `Uint8Array`, other arrays
 *   are arrays;
 * - structs and unions are objects; members of anonymous ones are members of what they are in; of a
 *   union all members are read, and those that are given are written;
 * - a section of variables (DATASEC) is an object with the variables as members;
 * - enums are numbers, `bigint` those of 64 bits; pointers are `bigint`, `float` and `double` `number`.
 *
 * @param id - of the type, as `MapSpec.valueTypeId`.
 * @throws ObjectFormatError for a type without a size.
 */
export function valueCodec<T = Value>(btf: Btf, id: number): ValueCodec<T> {
  const codec = codecOf({ btf, known: new Map() }, id, 0);
  return {
    size: codec.size,
    decode: (input) => {
      const bytes = plainBytes(input);
      if (bytes.length < codec.size) {
        throw new RangeError(`${bytes.length} bytes are too few for a value of ${codec.size}`);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return codec.read(view, 0) as T;
    },
    encode: (value, into = new Uint8Array(codec.size)) => {
      if (into.length < codec.size) {
        throw new RangeError(`${into.length} bytes are too few for a value of ${codec.size}`);
      }
      const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
      codec.write(view, 0, value, btf.name(id) || "value");
      return into;
    },
  };
}

/** Types that codecs were made for: each once, however many structs it is in. */
export interface Codecs {
  readonly btf: Btf;
  readonly known: Map<number, Codec>;
}

/** The codec of a type, however deep within another one. */
export function codecOf(codecs: Codecs, start: number, depth: number): Codec {
  const { id } = resolveType(codecs.btf, start);
  const known = codecs.known.get(id);
  if (known !== undefined) return known;
  if (depth > DEEPEST) codecs.btf.fail(id, `more than ${DEEPEST} types within each other`);
  const codec = makeCodec(codecs, id, depth);
  if ((codec.weight ?? 1) > HEAVIEST) codecs.btf.fail(id, `more than ${HEAVIEST} values within it`);
  codecs.known.set(id, codec);
  return codec;
}

function makeCodec(codecs: Codecs, id: number, depth: number): Codec {
  const { btf } = codecs;
  const type = btf.type(id);
  switch (type.kind) {
    case "INT":
      return intCodec(type);
    case "ENUM":
    case "ENUM64":
      return wordCodec(type.size, type.signed);
    case "PTR":
      return wordCodec(8, false);
    case "FLOAT":
      return floatCodec(type.size);
    case "ARRAY": {
      const element = resolveType(btf, type.elementType);
      return arrayCodec(codecOf(codecs, type.elementType, depth + 1), type.count, element.type);
    }
    case "STRUCT":
    case "UNION":
      return compositeCodec(codecs, { id, size: type.size, fields: fieldsOf(btf, id) }, depth);
    case "DATASEC":
      return compositeCodec(codecs, { id, size: type.size, fields: sectionFields(btf, id) }, depth);
    case "VAR":
      return codecOf(codecs, type.type, depth + 1);
    default:
      return opaqueCodec(sizeOfType(btf, id));
  }
}
