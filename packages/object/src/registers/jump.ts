// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { copyState, type Frame, type State } from "./state.js";
import { describe, dstOf, read, SPECULATIVE_UNTIL, type Step, srcOf } from "./step.js";
import { isConstant, isPacket, isSure, Kind, mayPoint, scalar, type Value } from "./value.js";

/** BPF_JMP | BPF_JCOND compares no registers. */
const MAY_GOTO = 0xe5;
/** Pointers of which the verifier knows that they are not NULL, if they are not marked. */
const NEVER_NULL = Kind.MAP_VALUE | Kind.MEM | Kind.SOCKET;
const ordered: ReadonlySet<number> = new Set([Insn.JGT, Insn.JGE, Insn.JLT, Insn.JLE]);

/** The states after a conditional jump that is not taken, and one that is. */
export function stepBranch(step: Step): readonly [fallThrough: State, taken: State] {
  const opcode = step.code.code[step.at] ?? 0;
  if (opcode === MAY_GOTO) return [copyState(step.state), step.state];
  const [operation, is64] = [opcode & 0xf0, (opcode & 7) === Insn.JMP];
  const byRegister = (opcode & Insn.X) !== 0;
  const target = read(step, dstOf(step));
  const imm = step.code.imm[step.at] ?? 0;
  const other = byRegister ? read(step, srcOf(step)) : scalar(imm, imm);
  const isEquality = operation === Insn.JEQ || operation === Insn.JNE;
  const isNullTest = is64 && isEquality && isConstant(other) && other.lo === 0;
  checkComparison(step, {
    target,
    other,
    isOrder: is64 && ordered.has(operation),
    byRegister,
    isNullTest,
  });
  const states = [copyState(step.state), step.state] as const;
  if (!isNullTest) return states;
  const [whenNull, otherwise] = operation === Insn.JEQ ? [states[1], states[0]] : states;
  settle(whenNull, target, dstOf(step), true);
  settle(otherwise, target, dstOf(step), false);
  return states;
}

interface Comparison {
  readonly target: Value;
  readonly other: Value;
  /** Whether it is one of the comparisons that the verifier knows for packets. */
  readonly isOrder: boolean;
  readonly byRegister: boolean;
  readonly isNullTest: boolean;
}

function checkComparison(step: Step, comparison: Comparison): void {
  const { target, other, isOrder, byRegister, isNullTest } = comparison;
  if (isConstant(target) && isConstant(other)) {
    const text = "the branch that is never taken is also followed, as a speculating processor does";
    step.refuse(text, false, SPECULATIVE_UNTIL);
  }
  if (!mayPoint(target) && !mayPoint(other)) return;
  if (isOrder && isPacket(target) && isPacket(other) && isBound(target, other)) return;
  const [dst, src] = [dstOf(step), srcOf(step)];
  if (mayPoint(other)) {
    step.refuse(`${describe(src, other)}, is compared with r${dst}`, isSure(other));
    return;
  }
  if (isNullTest && isTestable(target, byRegister)) return;
  // Newer releases know that the address of a map is not NULL.
  const isMap = isNullTest && target.kinds === Kind.MAP && !target.nullable;
  step.refuse(`${describe(dst, target)}, is compared`, isSure(target) && !isMap);
}

/** Whether the verifier derives the size of the packet from a comparison. */
function isBound(a: Value, b: Value): boolean {
  const pair = (x: Value, y: Value): boolean =>
    (x.kinds === Kind.PACKET && y.kinds === Kind.PACKET_END) ||
    (x.kinds === Kind.PACKET_META && y.kinds === Kind.PACKET);
  return pair(a, b) || pair(b, a);
}

/** Whether a comparison with NULL is permitted: the verifier knows its result, or needs it. */
function isTestable({ kinds, nullable }: Value, byRegister: boolean): boolean {
  const pointers = kinds & ~Kind.SCALAR;
  if (nullable) return !byRegister && (pointers & ~(NEVER_NULL | Kind.OBJECT | Kind.MAP)) === 0;
  return (pointers & ~NEVER_NULL) === 0;
}

/** Applies the result of a test for NULL to a register and to all copies of its pointer. */
function settle(state: State, tested: Value, register: number, isNull: boolean): void {
  const settled = (value: Value): Value => {
    if (!mayPoint(value)) return value;
    if (isNull) return value.nullable || value.zero ? scalar(0, 0) : value;
    return { ...value, nullable: false, zero: false };
  };
  state.regs[register] = settled(tested);
  const { id } = tested;
  if (id === 0) return;
  const copy = (value: Value | undefined): Value | undefined =>
    value?.id === id ? settled(value) : value;
  state.regs.forEach((value, i) => {
    state.regs[i] = copy(value);
  });
  state.frames.forEach((frame, depth) => {
    state.frames[depth] = settledFrame(frame, id, copy);
  });
}

function settledFrame(
  frame: Frame,
  id: number,
  copy: (value: Value | undefined) => Value | undefined,
): Frame {
  const has = (value: Value | undefined): boolean => value?.id === id;
  if (!frame.saved.some(has) && !frame.slots.some((slot) => has(slot?.value))) return frame;
  return {
    saved: frame.saved.map(copy),
    slots: frame.slots.map((slot) => {
      const value = copy(slot?.value);
      return slot === undefined || value === undefined ? slot : { ...slot, value };
    }),
  };
}
