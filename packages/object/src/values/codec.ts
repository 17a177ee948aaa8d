// SPDX-License-Identifier: MIT
import type { Btf } from "../btf/btf.js";
import { resolveType, sizeOfType } from "../btf/resolve.js";
import { plainBytes } from "../bytes.js";
import { arrayCodec, floatCodec, intCodec, opaqueCodec, wordCodec } from "./basic.js";
import { compositeCodec, fieldsOf, sectionFields } from "./composite.js";

/** A C value in JavaScript; see {@link valueCodec} for the mapping of types. */
export type Value =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [member: string]: Value };

/** Converts values of one type at an offset of a view. */
export interface Codec<T extends Value = Value> {
  /** Size of a value in bytes. */
  readonly size: number;
  /** Number of scalars in a value; default 1. Limits how much a malformed type can expand. */
  readonly weight?: number;
  /** Reads a value, which does not share memory with the view. */
  read(view: DataView, at: number): T;
  /** Writes a value. Throws TypeError or RangeError that names `path` if the value does not fit. */
  write(view: DataView, at: number, value: unknown, path: string): void;
}

/** Converts values of one type between bytes and JavaScript. Returned by {@link valueCodec}. */
export interface ValueCodec<T = Value> {
  /** Size of a value in bytes. */
  readonly size: number;
  /**
   * Reads a value from bytes.
   *
   * @throws RangeError for fewer than `size` bytes.
   */
  decode(bytes: Uint8Array): T;
  /**
   * Encodes a value. Omitted struct members are 0.
   *
   * @param into - bytes to overwrite instead of zeroes: omitted members keep their value.
   * @param path - the name of the value in errors; default: that of its type.
   * @throws TypeError or RangeError that names the member whose value does not fit.
   */
  encode(value: T, into?: Uint8Array, path?: string): Uint8Array;
}

/** No program nests types deeper. */
const DEEPEST = 32;
/** Limit on scalars per value: a few bytes of BTF can declare structs that expand exponentially. */
const HEAVIEST = 1 << 24;

/**
 * Creates a codec for the values of a type. It maps C types to JavaScript as follows:
 *
 * - integers up to 32 bits are `number`, wider ones `bigint`; `bool` is `boolean`;
 * - `char[N]` is a `string` up to its first NUL; arrays of other bytes are `Uint8Array`; all other
 *   arrays are arrays;
 * - structs and unions are objects, and members of anonymous structs are members of the outer one;
 *   of a union, all members are read and only the given ones are written;
 * - a section of variables (DATASEC) is an object with the variables as members;
 * - enums are `number`, 64-bit enums `bigint`; pointers are `bigint`; `float` and `double` are
 *   `number`.
 *
 * @param id - type id, such as `MapSpec.valueTypeId`.
 * @throws ObjectFormatError for a type without a size.
 * @example
 * ```ts
 * const codec = valueCodec<{ packets: bigint }>(object.btf, map.valueTypeId);
 * const { packets } = codec.decode(bytes);
 * ```
 */
export function valueCodec<T = Value>(btf: Btf, id: number): ValueCodec<T> {
  const codec = codecOf({ btf, known: new Map() }, id, 0);
  return {
    size: codec.size,
    decode: (input) => {
      const bytes = plainBytes(input);
      if (bytes.length < codec.size) {
        throw new RangeError(`a value needs ${codec.size} bytes, got ${bytes.length}`);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return codec.read(view, 0) as T;
    },
    encode: (value, into = new Uint8Array(codec.size), path = btf.name(id) || "value") => {
      if (into.length < codec.size) {
        throw new RangeError(`a value needs ${codec.size} bytes, got ${into.length}`);
      }
      const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
      codec.write(view, 0, value, path);
      return into;
    },
  };
}

/** Codecs by type id, so that a type that many structs contain gets one codec. */
export interface Codecs {
  readonly btf: Btf;
  readonly known: Map<number, Codec>;
}

/** Returns the codec of a type at some nesting depth. */
export function codecOf(codecs: Codecs, start: number, depth: number): Codec {
  const { id } = resolveType(codecs.btf, start);
  const known = codecs.known.get(id);
  if (known !== undefined) return known;
  if (depth > DEEPEST) codecs.btf.fail(id, `types are nested more than ${DEEPEST} deep`);
  const codec = makeCodec(codecs, id, depth);
  if ((codec.weight ?? 1) > HEAVIEST)
    codecs.btf.fail(id, `more than ${HEAVIEST} values in the type`);
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
