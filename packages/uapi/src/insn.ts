// SPDX-License-Identifier: MIT
import { structLayout } from "./layout/layouts.js";

/**
 * One BPF instruction, eight bytes.
 *
 * @param code - operation, joined from parts: `Insn.ALU64 | Insn.MOV | Insn.K`.
 * @param dst - destination register 0…15.
 * @param src - source register 0…15, or one of `Insn.PSEUDO_*`.
 * @param off - signed 16-bit offset.
 * @param imm - signed 32-bit constant; unsigned ones are taken too.
 * @throws RangeError that names the part which does not fit.
 */
export function insn(code: number, dst = 0, src = 0, off = 0, imm = 0): Uint8Array {
  const signed = imm > 0x7fff_ffff && imm <= 0xffff_ffff ? imm - 2 ** 32 : imm;
  return structLayout("bpf_insn").encode({ code, dst_reg: dst, src_reg: src, off, imm: signed })
    .bytes;
}
