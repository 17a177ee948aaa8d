// SPDX-License-Identifier: MIT
import type { Args, Value } from "@bpf-token/scenario";
import type { NoteMemory } from "../machine/notes.js";
import { attrFields, commandName } from "./attr-fields.js";
import { pointer } from "./memory-value.js";

/**
 * Returns the arguments of bpf(2). The attribute becomes fields of its command if these encode to the same
 * bytes. Otherwise it stays raw bytes, because these may cause the difference.
 */
export function bpfArgs(args: readonly bigint[], memory: readonly NoteMemory[]): Args {
  const cmd = Number(BigInt.asIntN(32, args[0] ?? 0n));
  const size = Number(BigInt.asUintN(32, args[2] ?? 0n));
  const name = commandName(cmd);
  const piece = memory.find(({ address }) => BigInt(address) === args[1]);
  const fields =
    name === undefined || piece === undefined ? undefined : attrFields(name, piece, size, memory);
  return { cmd: name ?? cmd, attr: fields ?? plain(pointer(args[1] ?? 0n, memory)), size };
}

/** A bare string is not a valid attr, so wrap it. */
function plain(made: Value): Value {
  const isText = typeof made === "string" && made !== "bad_address";
  return isText ? { repeat: made, times: 1 } : made;
}
