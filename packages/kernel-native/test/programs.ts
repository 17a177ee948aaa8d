// SPDX-License-Identifier: MIT
import { HelperId, Insn, insn } from "@bpf-token/uapi";

const join = (insns: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(insns.flatMap((one) => [...one]));

const exit = insn(Insn.JMP | Insn.EXIT);

/** A program that writes the number 42 into a ring buffer and passes every packet. */
export function outputProgram(ring: number): Uint8Array {
  return join([
    insn(Insn.ST | Insn.MEM | Insn.DW, 10, 0, -8, 42),
    insn(Insn.LD | Insn.IMM | Insn.DW, 1, Insn.PSEUDO_MAP_FD, 0, ring),
    insn(0),
    insn(Insn.ALU64 | Insn.MOV | Insn.X, 2, 10),
    insn(Insn.ALU64 | Insn.ADD | Insn.K, 2, 0, 0, -8),
    insn(Insn.ALU64 | Insn.MOV | Insn.K, 3, 0, 0, 8),
    insn(Insn.ALU64 | Insn.MOV | Insn.K, 4, 0, 0, 0),
    insn(Insn.JMP | Insn.CALL, 0, 0, 0, HelperId.ringbuf_output),
    insn(Insn.ALU64 | Insn.MOV | Insn.K, 0, 0, 0, 2),
    exit,
  ]);
}

/** Some thousand instructions, which take the verifier a while. */
export function longProgram(): Uint8Array {
  const step = insn(Insn.ALU64 | Insn.ADD | Insn.K, 0, 0, 0, 1);
  const first = insn(Insn.ALU64 | Insn.MOV | Insn.K);
  return join([first, ...Array.from({ length: 60_000 }, () => step), exit]);
}
