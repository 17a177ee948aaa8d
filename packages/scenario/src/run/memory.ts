// SPDX-License-Identifier: MIT
import {
  BAD_ADDRESS,
  type PointerSlot,
  type Ptr,
  type StructName,
  structLayout,
} from "@bpf-token/uapi";
import { assemble } from "../language/assembler.js";
import { isStructName } from "../language/buffers.js";
import type { Value } from "../language/model.js";
import { btfBlobs, programs } from "../language/named-blobs.js";
import { parseReference } from "../language/reference.js";
import type { Env } from "./env.js";
import { cut, resolveNumber, resolveText } from "./resolve.js";

/** The layout of a piece of memory. */
export interface Fields {
  readonly name: string;
  /** Returns the fields by name, in order. */
  decode(bytes: Uint8Array): Readonly<Record<string, unknown>>;
}

/** Memory of a call. After the call, `bytes` holds what the kernel wrote. */
export interface Memory {
  readonly bytes: Uint8Array;
  /** The layout of the memory, if known. */
  readonly layout?: Fields;
  /** Pointers in the memory. */
  readonly pointers?: readonly PointerSlot[];
  /** The memory of its pointer fields, by name. */
  readonly inside?: ReadonlyMap<string, Memory>;
}

/** A pointer argument and its memory, if it has any. */
export interface Pointed {
  readonly ptr: Ptr;
  readonly memory?: Memory;
}

const utf8 = new TextEncoder();

/** Creates the memory that a value describes. */
export function pointTo(value: Value | undefined, env: Env, struct?: string): Pointed {
  if (value === undefined || value === null) return { ptr: null };
  if (value === "bad_address") return { ptr: BAD_ADDRESS };
  if (typeof value === "string") return { ptr: resolveText(value, env) };
  const memory = makeMemory(value, env, struct);
  const { bytes, pointers } = memory;
  return { ptr: pointers === undefined ? bytes : { bytes, pointers }, memory };
}

/** Creates a buffer; docs/scenario.md lists the forms. */
export function makeMemory(value: Value, env: Env, struct?: string): Memory {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("a buffer is a mapping such as { zero: 8 }");
  }
  const form = value as Readonly<Record<string, Value>>;
  if ("struct" in form) return makeStruct(form.struct, form.fields ?? {}, env);
  const bytes = makeBytes(form, env);
  const inside = form.at === undefined ? {} : { pointers: pointersInside(form.at, env) };
  return isStructName(struct)
    ? { bytes, ...inside, layout: fieldsOf(struct) }
    : { bytes, ...inside };
}

function pointersInside(at: Value, env: Env): readonly PointerSlot[] {
  return Object.entries(at ?? {}).map(([offset, value]) => ({
    offset: Number(offset),
    to: pointTo(value as Value, env).ptr,
  }));
}

/** Returns the layout of a structure. */
export function fieldsOf(struct: StructName): Fields {
  const layout = structLayout(struct);
  return { name: struct, decode: (bytes) => layout.decode(bytes) as Record<string, unknown> };
}

function makeStruct(name: Value | undefined, fields: Value, env: Env): Memory {
  if (!isStructName(name)) throw new TypeError(`unknown structure '${String(name)}'`);
  const layout = structLayout(name);
  const resolved: Record<string, unknown> = {};
  const inside = new Map<string, Memory>();
  for (const [field, value] of Object.entries(fields ?? {})) {
    const kind = layout.fields.find((f) => f.name === field);
    if (kind?.type === "ptr" && isPointer(value as Value)) {
      const { ptr, memory } = pointTo(value as Value, env);
      resolved[field] = ptr;
      if (memory !== undefined) inside.set(field, memory);
    } else if (kind?.type === "char") resolved[field] = resolveText(String(value), env);
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      resolved[field] = makeMemory(value as Value, env).bytes;
    } else {
      const number = resolveNumber(value as Value, [], env);
      const { size = 8, type = "u64" } = kind ?? {};
      resolved[field] = cut(number, size * 8, type.startsWith("s"));
    }
  }
  const { bytes, pointers } = layout.encode(resolved);
  const slots = pointers === undefined || pointers.length === 0 ? {} : { pointers };
  return { bytes, layout: fieldsOf(name), inside, ...slots };
}

/** Returns whether a value of a pointer field is memory, not a number. */
function isPointer(value: Value): boolean {
  return value === "bad_address" || typeof value === "object";
}

function makeBytes(form: Readonly<Record<string, Value>>, env: Env): Uint8Array {
  const [key = "", value = null] = Object.entries(form)[0] ?? [];
  switch (key) {
    case "zero":
      return new Uint8Array(Number(value));
    case "hex":
      return fromHex(String(value));
    case "text":
      return utf8.encode(resolveText(String(value), env));
    case "bytes":
      return pack(value, 1, env);
    case "u32":
      return pack(value, 4, env);
    case "u64":
      return pack(value, 8, env);
    case "insns":
      return makeProgram(value, env);
    case "program":
      return makeProgram(String(value), env);
    case "btf":
      return makeBtf(String(value));
    default: {
      const times = Number(form.times ?? 0);
      return utf8.encode(`${resolveText(String(form.repeat), env).repeat(times)}\0`);
    }
  }
}

/** Assembles a program: a list of instructions, or one by name. */
export function makeProgram(value: Value, env: Env): Uint8Array {
  const lines = typeof value === "string" ? ownOf(programs, value) : value;
  if (!Array.isArray(lines)) throw new TypeError(`unknown program '${String(value)}'`);
  const known = assembled.get(lines);
  if (known !== undefined) return known.slice();
  let fixed = true;
  const bytes = assemble(lines.map(String), (text) => {
    fixed = false;
    const reference = parseReference(text);
    if (reference === undefined) throw new TypeError(`'${text}' is not $name`);
    return env.valueOf(reference);
  });
  if (fixed) assembled.set(lines, bytes.slice());
  return bytes;
}

/** A cache of programs without references, which are the same in every run. */
const assembled = new WeakMap<object, Uint8Array>();

/** Creates a BTF blob by name. */
export function makeBtf(name: string): Uint8Array {
  const make = ownOf(btfBlobs, name);
  if (make === undefined) throw new TypeError(`unknown BTF blob '${name}'`);
  return make();
}

function ownOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function pack(value: Value, size: 1 | 4 | 8, env: Env): Uint8Array {
  if (!Array.isArray(value)) throw new TypeError("expected a list of numbers");
  const bytes = new Uint8Array(value.length * size);
  (value as readonly Value[]).forEach((item, i) => {
    let rest = BigInt.asUintN(8 * size, BigInt(resolveNumber(item, [], env)));
    for (let at = i * size; rest !== 0n; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  });
  return bytes;
}

/** Parses hex digits, with optional spaces between them. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

const hexDigits: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Formats bytes as hex digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Returns whether two pieces of memory have equal bytes. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
