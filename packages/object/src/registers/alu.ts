// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { describe, dstOf, read, type Step, srcOf, write } from "./step.js";
import {
  anyScalar,
  isConstant,
  isSure,
  Kind,
  mayPoint,
  pointer,
  scalar,
  type Value,
} from "./value.js";

const STACK_SIZE = 512;
/** The pointers whose arithmetic with registers the verifier can limit. */
const LIMITED = Kind.STACK | Kind.MAP_VALUE;

/** An instruction of class ALU or ALU64. */
export function stepAlu(step: Step): void {
  const { code, at } = step;
  const opcode = code.code[at] ?? 0;
  const [operation, is64] = [opcode & 0xf0, (opcode & 7) === Insn.ALU64];
  const byRegister = (opcode & Insn.X) !== 0;
  const register = dstOf(step);
  if (operation === Insn.MOV) {
    write(step, register, byRegister ? moved(step, is64) : immediate(code.imm[at] ?? 0, is64));
    return;
  }
  const target = read(step, register);
  if (operation === Insn.NEG || operation === Insn.END) {
    refuse(step, register, target, "changed by arithmetic");
    write(step, register, anyScalar);
    return;
  }
  const other = byRegister ? read(step, srcOf(step)) : scalar(code.imm[at] ?? 0, code.imm[at] ?? 0);
  write(step, register, combined(step, operation, is64, target, other));
}

const refuse = (step: Step, register: number, value: Value, what: string): void => {
  if (mayPoint(value)) step.refuse(`${describe(register, value)}, is ${what}`, isSure(value));
};

const immediate = (imm: number, is64: boolean): Value => {
  const value = is64 ? imm : imm >>> 0;
  return scalar(value, value);
};

/** The value that MOV copies. Only a whole copy of a pointer is a pointer. */
function moved(step: Step, is64: boolean): Value {
  const register = srcOf(step);
  const value = read(step, register);
  if (is64 && step.code.off[step.at] === 0) return value;
  refuse(step, register, value, "copied in part");
  const { lo, hi } = value;
  return mayPoint(value) || lo < 0 || hi > 0x7fff_ffff ? anyScalar : value;
}

function combined(
  step: Step,
  operation: number,
  is64: boolean,
  target: Value,
  other: Value,
): Value {
  if (!mayPoint(target) && !mayPoint(other)) return calculated(operation, is64, target, other);
  const isSum = operation === Insn.ADD || operation === Insn.SUB;
  // All other operations on pointers are refused with every capability.
  if (!isSum || (!is64 && operation === Insn.ADD)) return anyScalar;
  const [dst, src] = [dstOf(step), srcOf(step)];
  if (!is64) {
    refuse(step, dst, mayPoint(target) ? target : other, "subtracted with 32 bits");
    return anyScalar;
  }
  if (mayPoint(target) && mayPoint(other)) {
    if (operation === Insn.SUB) {
      const sure = isSure(target) && isSure(other);
      step.refuse(`r${dst} -= r${src} subtracts a pointer from a pointer`, sure);
    }
    // On paths where only one of them is a pointer, the result is one.
    return isSure(target) && isSure(other) ? anyScalar : { ...target, lo: -Infinity, hi: Infinity };
  }
  return mayPoint(target)
    ? shifted(step, dst, target, other, operation === Insn.SUB)
    : shifted(step, dst, other, target, false);
}

/** A pointer plus or minus a scalar. */
function shifted(step: Step, register: number, base: Value, by: Value, minus: boolean): Value {
  const [lo, hi] = minus ? [base.lo - by.hi, base.hi - by.lo] : [base.lo + by.lo, base.hi + by.hi];
  const kinds = base.zero ? base.kinds | Kind.SCALAR : base.kinds;
  const result = { ...base, kinds, lo, hi, zero: false };
  const byRegister = ((step.code.code[step.at] ?? 0) & Insn.X) !== 0;
  if (byRegister && (base.kinds & ~Kind.SCALAR & ~LIMITED) !== 0) {
    const text = `${describe(register, base)}, is moved by a register`;
    step.refuse(text, isSure(base) && !mayPoint(by));
  } else if (byRegister) {
    // The verifier limits it only if all paths agree on the limit, which the ranges here do not show.
    if (!isFixed(base, by, result))
      step.refuse(`${describe(register, base)}, is moved by a register`, false);
  } else if (leavesBounds(result)) {
    const isKnown = (base.kinds & Kind.MAP_VALUE) === 0 || base.map !== undefined;
    const sure = isKnown && isSure(base) && base.lo === base.hi;
    step.refuse(`${describe(register, base)}, is moved out of its bounds`, sure);
  } else if ((base.kinds & Kind.MAP_VALUE) !== 0 && step.code.hasKernelFields) {
    step.refuse(`${describe(register, base)}, may be moved to a field of the kernel`, false);
  }
  return result;
}

const isFixed = (base: Value, by: Value, result: Value): boolean =>
  isSure(base) && base.lo === base.hi && isConstant(by) && !leavesBounds(result);

/** Whether a pointer to the stack or a map value may point elsewhere. */
function leavesBounds({ kinds, lo, hi, map }: Value): boolean {
  if ((kinds & Kind.STACK) !== 0) return lo < -STACK_SIZE || hi >= 0;
  if ((kinds & Kind.MAP_VALUE) !== 0) return lo < 0 || hi >= (map?.valueSize ?? 0);
  return false;
}

/** The result of scalars, as far as sizes of memory need it. */
function calculated(operation: number, is64: boolean, a: Value, b: Value): Value {
  const limit = is64 ? Number.MAX_SAFE_INTEGER : 0x7fff_ffff;
  const known = a.lo >= 0 && b.lo >= 0 && a.hi <= limit && b.hi <= limit;
  const fits = (lo: number, hi: number): Value =>
    lo >= 0 && hi <= limit ? scalar(lo, hi) : anyScalar;
  if (operation === Insn.AND && b.lo >= 0 && b.lo === b.hi && b.hi <= 0x7fff_ffff) {
    if (a.lo === a.hi && a.lo >= 0 && a.lo <= 0x7fff_ffff) return fits(a.lo & b.lo, a.lo & b.lo);
    return scalar(0, b.hi);
  }
  if (operation === Insn.ADD && known) return fits(a.lo + b.lo, a.hi + b.hi);
  if (operation === Insn.SUB && known) return fits(a.lo - b.hi, a.hi - b.lo);
  if (operation === Insn.RSH && known && isConstant(b) && b.lo < 32) {
    return fits(Math.floor(a.lo / 2 ** b.lo), Math.floor(a.hi / 2 ** b.lo));
  }
  return anyScalar;
}

/** The frame pointer of a function. @internal */
export const framePointer = (index: number): Value => pointer(Kind.STACK, { index });
