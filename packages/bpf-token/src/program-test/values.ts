// SPDX-License-Identifier: MIT
import { type Btf, type Value, type ValueCodec, valueCodec } from "@bpf-token/object";
import { type Position, suggestion } from "@bpf-token/scenario";
import { addressBytes, hexBytes, networkBytes } from "./packet/addresses.js";
import { counted, dotted, inNetworkOrder, isList, isSwapped, showValue } from "./value/show.js";

/** What a test writes for a value: numbers, text, addresses, lists and names with values. */
export type Plain =
  | number
  | bigint
  | boolean
  | string
  | null
  | Uint8Array
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/**
 * A value of a test does not fit the type of the object.
 *
 * @example
 * ```ts
 * if (error instanceof ValueError) console.error(error.message); // totals[0]: the type has no member 'packet'
 * ```
 */
export class ValueError extends Error {
  override readonly name = "ValueError";
  /** The place of the value in its file of tests, if it is known. */
  at?: Position;
}

/** The type of a value: that of BTF, or bytes. */
export function typeOf(btf: Btf | undefined, type: number, size: number): ValueCodec {
  if (btf !== undefined && type !== 0) return valueCodec(btf, type);
  return { size, decode: (bytes) => bytes, encode: (value) => value as Uint8Array };
}

/**
 * Converts what a test writes to a value of a type. See {@link fitValue}.
 *
 * @throws ValueError also for a number that does not fit the width of its type.
 */
export function toValue(plain: Plain, type: ValueCodec, path: string): Value {
  const value = fitValue(plain, zeroOf(type), path);
  try {
    type.encode(value, undefined, path);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError)
      throw new ValueError(error.message);
    throw error;
  }
  return value;
}

/** A value of a type with all bytes zero. */
export const zeroOf = (type: ValueCodec): Value => type.decode(new Uint8Array(type.size));

/**
 * Converts what a test writes to a value of a type: addresses to their bytes in network order, and
 * hexadecimal digits to bytes. Members that are not given are omitted.
 *
 * @param shape - a value of the type.
 * @param path - the place of the value in errors.
 * @throws ValueError if it does not fit.
 */
export function fitValue(plain: Plain, shape: Value, path: string): Value {
  if (typeof shape === "bigint") return BigInt(integer(plain, path));
  if (typeof shape === "number") return numberOf(plain, path);
  if (typeof shape === "boolean") return booleanOf(plain, path);
  if (typeof shape === "string") {
    if (typeof plain === "string") return plain;
    throw new ValueError(`${path}: a text is expected, not ${text(plain)}`);
  }
  if (shape instanceof Uint8Array) return bytesOf(plain, shape.length, path);
  if (isList(shape)) return listOf(plain, shape, path);
  return membersOf(addressMembers(plain, shape) ?? plain, shape, path);
}

/** `fe80::1` as the members of a struct in6_addr, and `10.0.0.1` as those of a struct in_addr. */
function addressMembers(plain: Plain, shape: Value): Plain | undefined {
  if (typeof plain !== "string" || typeof shape !== "object") return undefined;
  if (shape instanceof Uint8Array || isList(shape)) return undefined;
  const [first, ...others] = Object.entries(shape);
  if (first === undefined) return undefined;
  const [name, value] = first;
  const size = addressBytes(plain)?.length;
  const isBytes = value instanceof Uint8Array && value.length === 16;
  // The same sixteen bytes as u16[8] and as u32[4].
  const isUnion = others.every(([, one]) => isList(one) && [8, 4].includes(one.length));
  if (size === 16 && isBytes && isUnion) return { [name]: plain };
  if (others.length > 0) return undefined;
  if (size === 4 && typeof value === "number") return { [name]: plain };
  const inner = addressMembers(plain, value);
  return inner === undefined ? undefined : { [name]: inner };
}

/**
 * Compares what a test expects with a value. Members that the test does not name are not compared.
 *
 * @returns the first difference, with the path; undefined if there is none.
 * @throws ValueError if what the test expects does not fit the type.
 */
export function difference(expected: Plain, value: Value, path: string): string | undefined {
  for (const first of differences(expected, value, path)) return first;
  return undefined;
}

/** All differences, as {@link difference} returns the first. */
export function* differences(expected: Plain, value: Value, path: string): Generator<string> {
  if (typeof value === "object" && !(value instanceof Uint8Array)) {
    const fitted = fitValue(expected, value, path) as Readonly<Record<string, Value>>;
    const members = addressMembers(expected, value) ?? expected;
    for (const name of Object.keys(fitted)) {
      const inner = (members as Readonly<Record<string, Plain>>)[name] as Plain;
      const at = isList(value) ? `${path}[${name}]` : `${path}.${name}`;
      yield* differences(inner, (value as typeof fitted)[name] as Value, at);
    }
    return;
  }
  const text = singleDifference(expected, value, path);
  if (text !== undefined) yield text;
}

/** The difference of a value that has no members. */
function singleDifference(expected: Plain, value: Value, path: string): string | undefined {
  const [a, b] = [showValue(fitValue(expected, value, path)), showValue(value)];
  if (a === b) return undefined;
  const isAddress = typeof expected === "string" && addressBytes(expected)?.length === 4;
  if (isAddress && typeof value === "number")
    return `${path} is ${dotted(value)}, expected ${expected}`;
  if (typeof expected === "string" && (typeof value === "number" || typeof value === "bigint")) {
    const size = networkBytes(expected)?.length;
    if (size !== undefined)
      return `${path} is ${inNetworkOrder(Number(value), size)}, expected ${expected}`;
  }
  const order = isSwapped(Number(a), Number(b)) ? ": the same bytes in the other order" : "";
  return `${path} is ${b}, expected ${a}${order}`;
}

/** Adds up the values of all CPUs; numbers of structs by member. */
export function sumOf(values: readonly Value[]): Value {
  const [first, ...rest] = values;
  if (first === undefined) return [];
  return rest.reduce<Value>((sum, value) => add(sum, value), first);
}

function add(a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a !== "object" || a instanceof Uint8Array || isList(a)) return a;
  const other = b as Readonly<Record<string, Value>>;
  return Object.fromEntries(
    Object.entries(a).map(([name, part]) => [name, add(part, other[name] as Value)]),
  );
}

function integer(plain: Plain, path: string): number | bigint {
  if (typeof plain === "bigint" || Number.isSafeInteger(plain)) return plain as number | bigint;
  if (typeof plain === "string") {
    const bytes = networkOrder(plain, path) ?? addressBytes(plain);
    if (bytes?.length === 4) return new DataView(bytes.buffer).getUint32(0, true);
    if (bytes?.length === 2) return new DataView(bytes.buffer).getUint16(0, true);
    if (/^(0x[0-9a-f]{1,40}|-?\d{1,40})$/i.test(plain)) return BigInt(plain);
  }
  throw new ValueError(`${path}: a number is expected, not ${text(plain)}`);
}

/** The bytes of `htons(53)`. */
function networkOrder(plain: string, path: string): Uint8Array | undefined {
  try {
    return networkBytes(plain);
  } catch (error) {
    throw new ValueError(`${path}: ${(error as RangeError).message}`);
  }
}

/** A number that JavaScript does not have exactly stays an integer, which fits no type of 32 bits. */
function numberOf(plain: Plain, path: string): number | bigint {
  if (typeof plain === "number") return plain;
  const value = integer(plain, path);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function booleanOf(plain: Plain, path: string): boolean {
  if (typeof plain === "boolean") return plain;
  if (plain === 0 || plain === 1) return plain === 1;
  throw new ValueError(`${path}: true or false is expected, not ${text(plain)}`);
}

function bytesOf(plain: Plain, size: number, path: string): Uint8Array {
  const bytes =
    plain instanceof Uint8Array
      ? plain
      : (readBytes(plain, path) ?? numberBytes(plain, size, path));
  if (bytes === undefined)
    throw new ValueError(
      `${path}: an address or hexadecimal digits are expected, not ${text(plain)}`,
    );
  if (bytes.length === size) return bytes;
  throw new ValueError(`${path}: ${counted(size, "byte")} expected, not ${bytes.length}`);
}

function readBytes(plain: Plain, path: string): Uint8Array | undefined {
  if (typeof plain === "string")
    return networkOrder(plain, path) ?? addressBytes(plain) ?? hexBytes(plain);
  if (!isList(plain)) return undefined;
  return Uint8Array.from(plain, (part, i) => {
    const at = `${path}[${i}]`;
    const value = BigInt(integer(part as Plain, at));
    if (value >= 0n && value <= 255n) return Number(value);
    throw new ValueError(`${at}: ${value} does not fit in 8 unsigned bits (0 to 255)`);
  });
}

/** Maps whose definition has only the size of a key have no type that says it is a number. */
function numberBytes(plain: Plain, size: number, path: string): Uint8Array | undefined {
  const isNumber =
    typeof plain === "string"
      ? /^-\d{1,20}$/.test(plain)
      : typeof plain === "bigint" || Number.isSafeInteger(plain);
  if (!isNumber || ![1, 2, 4, 8].includes(size)) return undefined;
  const value = BigInt(plain as number | bigint | string);
  const count = 1n << BigInt(8 * size);
  if (value < -count / 2n || value >= count)
    throw new ValueError(
      `${path}: ${value} does not fit in ${8 * size} bits (${-count / 2n} to ${count - 1n})`,
    );
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes.slice(0, size);
}

function listOf(plain: Plain, shape: readonly Value[], path: string): Value {
  if (!isList(plain)) throw new ValueError(`${path}: a list is expected, not ${text(plain)}`);
  if (plain.length !== shape.length)
    throw new ValueError(
      `${path}: ${counted(shape.length, "value")} expected, not ${plain.length}`,
    );
  return plain.map((part, i) => fitValue(part as Plain, shape[i] as Value, `${path}[${i}]`));
}

function membersOf(plain: Plain, shape: object, path: string): Value {
  if (typeof plain !== "object" || plain === null || isList(plain) || plain instanceof Uint8Array) {
    const names = Object.keys(shape);
    const members = names.slice(0, 2).map((name) => `${name}: …`);
    const more = names.length > 2 ? ", …" : "";
    const form = `{ ${members.join(", ")}${more} }`;
    throw new ValueError(`${path}: a struct is expected, ${form}, not ${text(plain)}`);
  }
  const members = shape as Readonly<Record<string, Value>>;
  const fitted: Record<string, Value> = {};
  for (const [name, part] of Object.entries(plain as Readonly<Record<string, Plain>>)) {
    const inner = Object.hasOwn(members, name) ? members[name] : undefined;
    if (inner === undefined) {
      const names = Object.keys(members);
      const hint = suggestion(name, names) ?? `it has ${names.join(", ")}`;
      throw new ValueError(`${path}: the type has no member '${name}'; ${hint}`);
    }
    fitted[name] = fitValue(part, inner, `${path}.${name}`);
  }
  return fitted;
}

function text(plain: Plain): string {
  if (plain === null) return "nothing";
  if (typeof plain === "string") return `'${plain}'`;
  return plain instanceof Uint8Array || typeof plain !== "object" ? String(plain) : "a collection";
}
