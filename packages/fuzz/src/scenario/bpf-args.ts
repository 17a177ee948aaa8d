// SPDX-License-Identifier: MIT
import type { Args, Value } from "@bpf-token/scenario";
import { BPF_COMMON, structLayout } from "@bpf-token/uapi";
import type { NoteMemory } from "../machine/notes.js";
import { attrFields, commandName } from "./attr-fields.js";
import { bufferOf, pointer } from "./memory-value.js";

/**
 * Returns the arguments of bpf(2). The attribute becomes fields of its command if these encode to the same
 * bytes. Otherwise it stays raw bytes, because these may cause the difference.
 */
export function bpfArgs(args: readonly bigint[], memory: readonly NoteMemory[]): Args {
  const whole = Number(BigInt.asIntN(32, args[0] ?? 0n));
  const hasCommon = (whole & BPF_COMMON.ATTRS) !== 0;
  const cmd = hasCommon ? whole & ~BPF_COMMON.ATTRS : whole;
  const size = Number(BigInt.asUintN(32, args[2] ?? 0n));
  const name = commandName(cmd);
  const piece = memory.find(({ address }) => BigInt(address) === args[1]);
  const fields =
    name === undefined || piece === undefined ? undefined : attrFields(name, piece, size, memory);
  const attr = fields ?? plain(pointer(args[1] ?? 0n, memory));
  return { cmd: name ?? cmd, attr, size, ...(hasCommon ? commonArgs(args, memory) : {}) };
}

/** Returns the common attributes. A step that has them sets their bit in the command. */
function commonArgs(args: readonly bigint[], memory: readonly NoteMemory[]): Args {
  const piece = memory.find(({ address }) => BigInt(address) === args[3]);
  const fields = piece === undefined ? undefined : commonFields(piece, memory);
  return {
    common: fields ?? plain(pointer(args[3] ?? 0n, memory)),
    common_size: Number(BigInt.asUintN(32, args[4] ?? 0n)),
  };
}

/** Returns the structure if it has its usual size; undefined for other bytes. */
function commonFields(piece: NoteMemory, memory: readonly NoteMemory[]): Value | undefined {
  const { size, fields, decode } = structLayout("bpf_common_attr");
  const { bytes } = piece;
  const end = Math.max(...fields.map((field) => field.offset + field.size));
  if (bytes.length !== size || bytes.subarray(end).some((byte) => byte !== 0)) return undefined;
  const { log_buf, ...numbers } = decode(bytes);
  const buffer = memory.find(({ address }) => BigInt(address) === log_buf);
  const given = Object.entries(numbers).filter(([, value]) => value !== 0);
  const log = buffer === undefined ? pointer(log_buf, memory) : bufferOf(buffer, memory);
  return {
    struct: "bpf_common_attr",
    fields: { ...(log === null ? {} : { log_buf: log }), ...Object.fromEntries(given) },
  };
}

/** A bare string is not a valid attr, so wrap it. */
function plain(made: Value): Value {
  const isText = typeof made === "string" && made !== "bad_address";
  return isText ? { repeat: made, times: 1 } : made;
}
