// SPDX-License-Identifier: MIT
import { INSN } from "./programs/functions.js";

/** BPF_JMP | BPF_CALL; who is called stands in the source register and the immediate. */
const CALL = 0x85;
const TWO_SLOTS = 0x18;

/**
 * The helpers that instructions call, as `HelperId`, each once and in order. Calls of functions of
 * the program and of the kernel are none.
 */
export function helpersOf(insns: Uint8Array): readonly number[] {
  const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength);
  const found = new Set<number>();
  for (let at = 0; at + INSN <= insns.length; at += INSN) {
    const code = view.getUint8(at);
    if (code === CALL && view.getUint8(at + 1) >> 4 === 0) found.add(view.getInt32(at + 4, true));
    if (code === TWO_SLOTS) at += INSN;
  }
  return [...found];
}
