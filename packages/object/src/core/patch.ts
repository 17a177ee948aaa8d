// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { CALL, codeAt, INSN, immAt, LOAD_64, setImm } from "../programs/functions.js";
import { isResizable, type Value } from "./value.js";

/**
 * The invalid helper id that {@link relocateCore} puts into instructions which the kernel does not
 * support. The verifier prints it, in decimal 195896080, if such an instruction is reachable.
 *
 * @example
 * ```ts
 * const isCore = log.includes(`invalid func unknown#${CORE_POISON}`);
 * ```
 */
export const CORE_POISON = 0x0bad_2310;

/** Replaces an instruction by a call that the verifier refuses if it is reachable. */
export function poison(insns: DataView, insn: number): void {
  const next = (insn + 1) * INSN;
  if (codeAt(insns, insn) === LOAD_64 && next < insns.byteLength) poisonOne(insns, insn + 1);
  poisonOne(insns, insn);
}

function poisonOne(insns: DataView, insn: number): void {
  insns.setUint8(insn * INSN, CALL);
  insns.setUint8(insn * INSN + 1, 0);
  insns.setInt16(insn * INSN + 2, 0, true);
  setImm(insns, insn, CORE_POISON);
}

/**
 * Replaces the object's value in an instruction by the kernel's value.
 *
 * @returns the reason if the instruction does not fit, `undefined` on success.
 */
export function patch(
  insns: DataView,
  insn: number,
  local: Value,
  target: Value,
): string | undefined {
  const code = codeAt(insns, insn);
  switch (code & 7) {
    case Insn.ALU:
    case Insn.ALU64:
      if ((code & Insn.X) !== 0) return "the instruction has no immediate";
      if (local.certain && BigInt(immAt(insns, insn)) !== BigInt.asIntN(64, local.value)) {
        return `the instruction has ${immAt(insns, insn)}, but BTF gives ${local.value}`;
      }
      setImm(insns, insn, Number(BigInt.asIntN(32, target.value)));
      return undefined;
    case Insn.LDX:
    case Insn.ST:
    case Insn.STX:
      return patchAccess(insns, insn, local, target);
    case Insn.LD:
      return patchLoad64(insns, insn, local, target);
    default:
      return `an instruction with code 0x${code.toString(16)} cannot be relocated`;
  }
}

/** Codes of loads and stores by their width in bytes. */
const widths = new Map([
  [1, Insn.B],
  [2, Insn.H],
  [4, Insn.W],
  [8, Insn.DW],
] as const) as ReadonlyMap<number, number>;

function patchAccess(
  insns: DataView,
  insn: number,
  local: Value,
  target: Value,
): string | undefined {
  const place = insn * INSN;
  const offset = insns.getInt16(place + 2, true);
  if (local.certain && BigInt(offset) !== local.value) {
    return `the instruction has ${offset}, but BTF gives ${local.value}`;
  }
  if (target.value > 0x7fffn) return `offset ${target.value} does not fit into the instruction`;
  if (!isResizable(local, target)) {
    poison(insns, insn);
    return undefined;
  }
  insns.setInt16(place + 2, Number(target.value), true);
  const [from, to] = [local.field?.size ?? 0, target.field?.size ?? 0];
  if (from === to) return undefined;
  const code = codeAt(insns, insn);
  const width = widths.get(to);
  if (widths.get(from) !== (code & Insn.DW)) return `a field of ${from} bytes is read in parts`;
  if (width === undefined) return `no instruction reads a field of ${to} bytes`;
  insns.setUint8(place, (code & ~Insn.DW) | width);
  return undefined;
}

function patchLoad64(
  insns: DataView,
  insn: number,
  local: Value,
  target: Value,
): string | undefined {
  const place = insn * INSN;
  const plain = codeAt(insns, insn) === LOAD_64 && (insns.getUint8(place + 1) & 0xf0) === 0;
  if (!plain || place + 2 * INSN > insns.byteLength || codeAt(insns, insn + 1) !== 0) {
    return "the 64-bit load does not load a constant";
  }
  const low = BigInt(insns.getUint32(place + 4, true));
  const held = low | (BigInt(insns.getUint32(place + INSN + 4, true)) << 32n);
  if (local.certain && held !== BigInt.asUintN(64, local.value)) {
    return `the instruction has ${held}, but BTF gives ${local.value}`;
  }
  setImm(insns, insn, Number(BigInt.asIntN(32, target.value)));
  setImm(insns, insn + 1, Number(BigInt.asIntN(32, target.value >> 32n)));
  return undefined;
}
