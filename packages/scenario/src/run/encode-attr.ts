// SPDX-License-Identifier: MIT
import {
  attrUnionSize,
  type BpfCmdName,
  type Field,
  type Mem,
  type PointerSlot,
  type Ptr,
} from "@bpf-token/uapi";
import { concat } from "../language/assembler.js";
import { counted, groupsOfField, layoutOf, placeField } from "../language/attr-fields.js";
import { looksLikeBufferValue } from "../language/buffers.js";
import type { Args, Value } from "../language/model.js";
import type { Env } from "./env.js";
import { type Memory, makeBtf, makeMemory, makeProgram, type Pointed, pointTo } from "./memory.js";
import { cut, resolveNumber, resolveText } from "./resolve.js";

/** The encoded attribute of a bpf() call. */
export interface EncodedAttr {
  readonly ptr: Ptr;
  /** The `size` argument of bpf(). */
  readonly size: number | bigint;
  /** The attribute as `attr`, and the memory of its pointer fields, by field. */
  readonly memory: ReadonlyMap<string, Memory>;
  /** The fields, including those that the runner filled in; undefined for raw memory. */
  readonly fields?: Readonly<Record<string, Value>>;
}

/** The maximum number of bytes that are allocated, although `size` may be larger. */
const MOST = 8192;

/** Encodes the attribute of a bpf() step for the kernel of the run. */
export function encodeAttr(args: Args, cmd: BpfCmdName | undefined, env: Env): EncodedAttr {
  const union = attrUnionSize(env.release);
  const givenSize = args.size === undefined ? undefined : resolveNumber(args.size, [], env);
  const attr = args.attr === undefined ? {} : args.attr;
  if (attr === null || attr === "bad_address") {
    return { ptr: pointTo(attr, env).ptr, size: givenSize ?? union, memory: new Map() };
  }
  const raw = looksLikeBufferValue(attr);
  const encoded = raw ? { mem: makeMemory(attr, env) as Mem } : encodeFields(attr, cmd, union, env);
  const bytes = adjustBytes(encoded.mem.bytes, args, givenSize, env);
  const layout = cmd === undefined ? undefined : layoutOf(cmd, env.release);
  const own: Memory =
    layout === undefined
      ? { bytes }
      : { bytes, layout: { name: cmd ?? "attr", decode: (b) => ({ ...layout.decode(b) }) } };
  const memory = new Map([["attr", own]]);
  const pointers = encoded.mem.pointers?.filter(({ offset }) => offset + 8 <= bytes.length) ?? [];
  const ptr: Mem = { bytes, pointers };
  if (!("fields" in encoded)) {
    return { ptr: pointers.length > 0 ? ptr : bytes, size: givenSize ?? bytes.length, memory };
  }
  for (const [name, piece] of encoded.memory) memory.set(name, piece);
  return { ptr, size: givenSize ?? bytes.length, memory, fields: encoded.fields };
}

/** Applies `tail`, `poke` and `size`. */
function adjustBytes(
  bytes: Uint8Array,
  args: Args,
  givenSize: number | bigint | undefined,
  env: Env,
): Uint8Array {
  if (args.tail === undefined && args.poke === undefined && givenSize === undefined) return bytes;
  const tail = args.tail === undefined ? new Uint8Array() : makeMemory(args.tail, env).bytes;
  const whole = concat([bytes, tail]);
  const wanted = givenSize === undefined ? whole.length : Number(cut(givenSize, 32, false));
  const result = new Uint8Array(Math.min(wanted, Math.max(whole.length, MOST)));
  result.set(whole.subarray(0, result.length));
  for (const [offset, byte] of Object.entries(args.poke ?? {})) {
    const at = Number(offset);
    if (at >= result.length) throw new TypeError(`poke: the attribute has no byte ${at}`);
    result[at] = Number(byte) & 0xff;
  }
  return result;
}

interface EncodedFields {
  readonly mem: Mem;
  readonly memory: ReadonlyMap<string, Memory>;
  readonly fields: Readonly<Record<string, Value>>;
}

function encodeFields(
  attr: Value,
  cmd: BpfCmdName | undefined,
  union: number,
  env: Env,
): EncodedFields {
  const memory = new Map<string, Memory>();
  const pointers: PointerSlot[] = [];
  const fields: Record<string, Value> = { ...(attr as Record<string, Value>) };
  let bytes = new Uint8Array(union);
  let view = new DataView(bytes.buffer);
  if (cmd === undefined) return { mem: { bytes }, memory, fields };
  const put = (name: string, value: Value): void => {
    const placed = placeField(cmd, name, env.release);
    if (placed === undefined) throw new TypeError(`${cmd} has no field '${name}'`);
    const { field, layout } = placed;
    const resolved = resolveField(value, cmd, field, env, memory);
    const end = field.offset + field.size;
    // A field that is newer than the kernel may lie beyond the end of its union.
    if (end > bytes.length) {
      bytes = concat([bytes, new Uint8Array(end - bytes.length)]).slice();
      view = new DataView(bytes.buffer);
    }
    const slot = layout.put(view, name, resolved);
    if (slot !== undefined) pointers.push(slot);
  };
  for (const [name, value] of Object.entries(fields)) put(name, value);
  for (const { pointer, size, unit } of counted) {
    const piece = memory.get(pointer);
    if (piece === undefined || size in fields || !hasField(cmd, size, env)) continue;
    fields[size] = Math.floor(piece.bytes.length / unit);
    put(size, fields[size]);
  }
  return { mem: { bytes, pointers }, memory, fields };
}

function hasField(cmd: BpfCmdName, name: string, env: Env): boolean {
  return placeField(cmd, name, env.release) !== undefined;
}

function resolveField(
  value: Value,
  cmd: BpfCmdName,
  field: Field,
  env: Env,
  memory: Map<string, Memory>,
): unknown {
  if (field.type === "ptr") {
    const { ptr, memory: piece } = pointField(value, field.name, env);
    if (piece !== undefined) memory.set(field.name, piece);
    return ptr;
  }
  if (field.count !== undefined) {
    return typeof value === "string" ? resolveText(value, env) : makeMemory(value, env).bytes;
  }
  const number = resolveNumber(value, groupsOfField(cmd, field.name), env);
  return cut(number, field.size * 8, field.type.startsWith("s"));
}

/** Resolves the names of programs and BTF blobs; other values are as in any pointer. */
function pointField(value: Value, name: string, env: Env): Pointed {
  const named = typeof value === "string" && value !== "bad_address";
  let bytes: Uint8Array | undefined;
  if (name === "insns" && (named || Array.isArray(value))) bytes = makeProgram(value, env);
  if (name === "btf" && named) bytes = makeBtf(value);
  return bytes === undefined ? pointTo(value, env) : { ptr: bytes, memory: { bytes } };
}
