// SPDX-License-Identifier: MIT
import { INSN } from "./programs/functions.js";

/** BPF_JMP | BPF_CALL; the source register and the immediate identify the callee. */
const CALL = 0x85;
const TWO_SLOTS = 0x18;

/**
 * Lists the BPF helpers that instructions call, without duplicates, in order of first use. Calls of
 * the object's own functions and of kernel functions are not helper calls.
 *
 * @param insns - eight bytes per instruction, as in `FunctionSpec.insns`.
 * @returns ids as in `HelperId` of `@bpf-token/uapi`.
 * @example
 * ```ts
 * const usesPrintk = helpersOf(insns).includes(HelperId.trace_printk);
 * ```
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
