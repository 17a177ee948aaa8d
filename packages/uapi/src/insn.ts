// SPDX-License-Identifier: MIT
import { structLayout } from "./layout/layouts.js";

/**
 * Encodes one BPF instruction, which is eight bytes.
 *
 * @param code - opcode, combined with `|`: `Insn.ALU64 | Insn.MOV | Insn.K`.
 * @param dst - destination register, 0 to 15.
 * @param src - source register, 0 to 15, or one of `Insn.PSEUDO_*`.
 * @param off - signed 16-bit offset.
 * @param imm - signed 32-bit immediate; unsigned 32-bit values are accepted too.
 * @throws RangeError that names the operand which is out of range.
 * @example
 * ```ts
 * insn(Insn.ALU64 | Insn.MOV | Insn.K); // r0 = 0
 * insn(Insn.JMP | Insn.EXIT); // return r0
 * ```
 */
export function insn(code: number, dst = 0, src = 0, off = 0, imm = 0): Uint8Array {
  const signed = imm > 0x7fff_ffff && imm <= 0xffff_ffff ? imm - 2 ** 32 : imm;
  return structLayout("bpf_insn").encode({ code, dst_reg: dst, src_reg: src, off, imm: signed })
    .bytes;
}
