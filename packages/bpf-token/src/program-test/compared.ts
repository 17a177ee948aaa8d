// SPDX-License-Identifier: MIT

const INSN = 8;
/** Classes of conditional jumps, and the two operations of them that do not compare. */
const JMP = 5;
const JMP32 = 6;
const CALL = 0x80;
const EXIT = 0x90;
/** The operand is a register. */
const BY_REGISTER = 8;
/** A constant of 64 bits, in two instructions. */
const LD_IMM64 = 0x18;
const MOST = 256;

/**
 * The constants that instructions compare with, as bytes of a packet: numbers of one, two and four bytes,
 * in both byte orders.
 *
 * @param insns - eight bytes per instruction.
 */
export function comparedBytes(insns: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(insns.buffer, insns.byteOffset, insns.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at + INSN <= insns.length && found.size < MOST; at += INSN) {
    const code = view.getUint8(at);
    const value = view.getUint32(at + 4, true);
    const isConstant = code === LD_IMM64 && view.getUint8(at + 1) >> 4 === 0;
    if (isConstant || compares(code))
      for (const bytes of formsOf(value)) found.set(`${bytes}`, bytes);
    if (code === LD_IMM64) at += INSN;
  }
  return [...found.values()];
}

function compares(code: number): boolean {
  const kind = code & 7;
  const operation = code & 0xf0;
  const isJump = kind === JMP || kind === JMP32;
  // 0 is the jump without a condition.
  return isJump && (code & BY_REGISTER) === 0 && ![0, CALL, EXIT].includes(operation);
}

function formsOf(value: number): readonly Uint8Array[] {
  const size = value <= 0xff ? 1 : value <= 0xffff ? 2 : 4;
  const little = Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i));
  return size === 1 ? [little] : [little, little.slice().reverse()];
}
