// SPDX-License-Identifier: MIT
import type { Value } from "@bpf-token/scenario";
import {
  AttachType,
  attrLayout,
  BpfCmd,
  type BpfCmdName,
  type Field,
  type KernelRelease,
  kernelReleases,
  type Layout,
  MapType,
  newestRelease,
  ProgType,
} from "@bpf-token/uapi";
import type { NoteMemory } from "../machine/notes.js";
import { pointer, signed, textOf } from "./memory-value.js";

const firstNames = (members: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(
    Object.entries(members)
      .map(([name, value]) => [value, name] as const)
      .reverse(),
  );

const commands = firstNames(BpfCmd) as ReadonlyMap<number, BpfCmdName>;
/** Fields whose values have names in scenarios. */
const named: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  map_type: firstNames(MapType),
  prog_type: firstNames(ProgType),
  expected_attach_type: firstNames(AttachType),
  attach_type: firstNames(AttachType),
};
/** The size fields that a scenario fills in for a pointer, unless they are given. */
const counts: Readonly<Record<string, string>> = {
  insns: "insn_cnt",
  btf: "btf_size",
  info: "info_len",
  log_buf: "log_size",
  btf_log_buf: "btf_log_size",
};

/** Returns the first name of a command; undefined for an unknown number. */
export function commandName(cmd: number): BpfCmdName | undefined {
  return commands.get(cmd);
}

/**
 * Converts an attribute to the fields of its command; returns undefined if the fields do not encode to the
 * same bytes.
 *
 * @param size - the `size` argument of bpf(); later bytes are ignored.
 * @param memory - the memory of its pointers.
 */
export function attrFields(
  cmd: BpfCmdName,
  attr: NoteMemory,
  size: number,
  memory: readonly NoteMemory[],
): Readonly<Record<string, Value>> | undefined {
  const layout = layoutOf(cmd, newestRelease);
  if (layout === undefined) return undefined;
  const bytes = new Uint8Array(Math.max(layout.size, attr.bytes.length));
  const seen = Math.min(size, attr.bytes.length);
  bytes.set(attr.bytes.subarray(0, seen));
  const view = new DataView(bytes.buffer);
  const marked = attr.pointers.filter((at) => at < seen);
  // A truncated pointer is not an address.
  if (marked.some((at) => at + 8 > seen)) return undefined;
  const slots = new Set(marked.filter((at) => view.getBigUint64(at, true) !== 0n));
  const made = new Uint8Array(bytes.length);
  const fields: Record<string, Value> = {};
  const values = layout.decode(bytes) as Readonly<Record<string, unknown>>;
  for (const field of layout.fields) {
    const { name, offset, type, bits } = field;
    const own = bytes.subarray(offset, offset + field.size);
    if (bits !== undefined) return undefined;
    // The field is 0, or another member of its union is given.
    if (own.every((byte) => byte === 0) || sameAt(made, own, offset)) continue;
    if (!keepsItsPlace(cmd, field)) return undefined;
    if (type === "ptr") {
      if (!slots.delete(offset)) return undefined;
      fields[name] = pointed(name, pointer(view.getBigUint64(offset, true), memory));
      const count = counts[name];
      if (count !== undefined) fields[count] ??= 0;
    } else if (marked.some((at) => at < offset + field.size && offset < at + 8)) continue;
    else {
      const value = plain(field, values[name], own);
      if (value === undefined) return undefined;
      fields[name] = value;
    }
    made.set(own, offset);
  }
  return slots.size === 0 && sameAt(made, bytes, 0) ? fields : undefined;
}

function layoutOf(cmd: BpfCmdName, release: KernelRelease): Layout<object> | undefined {
  try {
    return attrLayout(cmd, release) as unknown as Layout<object>;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns whether a field has the same offset in every release. Some moved while patches were posted. */
function keepsItsPlace(cmd: BpfCmdName, { name, offset, size }: Field): boolean {
  return kernelReleases.every((release) => {
    const there = layoutOf(cmd, release)?.fields.find((field) => field.name === name);
    return there === undefined || (there.offset === offset && there.size === size);
  });
}

function sameAt(whole: Uint8Array, part: Uint8Array, offset: number): boolean {
  return part.every((byte, i) => whole[offset + i] === byte);
}

/** Avoids plain strings for `insns` and `btf`, where a string is the name of a program or a blob. */
function pointed(name: string, value: Value): Value {
  const isText = typeof value === "string" && value !== "bad_address";
  return isText && (name === "insns" || name === "btf") ? { repeat: value, times: 1 } : value;
}

/** Returns a number, its name, or a text; undefined if the bytes are none of these. */
function plain({ name, type, count }: Field, value: unknown, bytes: Uint8Array): Value | undefined {
  if (type === "char") {
    const end = bytes.indexOf(0);
    if (end < 0) return textOf(Uint8Array.from([...bytes, 0]));
    const padded = bytes.subarray(end).every((byte) => byte === 0);
    return padded ? textOf(bytes.subarray(0, end + 1)) : undefined;
  }
  if (count !== undefined) return undefined;
  if (typeof value === "bigint") return signed(value);
  return named[name]?.get(Number(value)) ?? Number(value);
}
