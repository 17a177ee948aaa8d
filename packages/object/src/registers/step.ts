// SPDX-License-Identifier: MIT
import { type Code, TWO_SLOTS } from "./code.js";
import type { State } from "./state.js";
import { anyScalar, isSure, Kind, mayPoint, type Value } from "./value.js";

/** What a step of the analysis works on. */
export interface Step {
  readonly code: Code;
  /** The instruction. */
  readonly at: number;
  /** Changed by the step. */
  readonly state: State;
  /**
   * Reports what the verifier refuses without CAP_PERFMON.
   *
   * @param sure - whether every path that reaches the instruction does it.
   * @param until - the release that no longer refuses it.
   */
  readonly refuse: (text: string, sure: boolean, until?: string) => void;
}

/**
 * Before this release, the verifier refuses programs for what they do on paths that only a speculating
 * processor takes. Since then, it adds a barrier there.
 */
export const SPECULATIVE_UNTIL = "6.17";

export const dstOf = ({ code, at }: Step): number => (code.regs[at] ?? 0) & 0xf;
export const srcOf = ({ code, at }: Step): number => (code.regs[at] ?? 0) >> 4;

/** A register. One that is not written is refused with every capability, so any scalar will do. */
export const read = ({ state }: Step, register: number): Value => state.regs[register] ?? anyScalar;

/** Sets a register; R10 and what is none cannot be written. */
export function write({ state }: Step, register: number, value: Value): void {
  if (register < 10) state.regs[register] = value;
}

const nouns: readonly (readonly [kind: number, noun: string])[] = [
  [Kind.CTX, "the context"],
  [Kind.PACKET, "the packet"],
  [Kind.PACKET_META, "the packet's metadata"],
  [Kind.PACKET_END, "the packet's end"],
  [Kind.MAP, "a map"],
  [Kind.MAP_VALUE, "a map value"],
  [Kind.MEM, "memory"],
  [Kind.SOCKET, "a socket"],
  [Kind.OBJECT, "a kernel object"],
  [Kind.FUNC, "a function"],
  [Kind.STACK, "the stack"],
];

/** A register and what it holds: `r2, a pointer to the packet`. */
export function describe(register: number, { kinds }: Value): string {
  const found = nouns.filter(([kind]) => (kinds & kind) !== 0).map(([, noun]) => noun);
  const noun = found.length === 1 ? (found[0] ?? "") : "one of several kinds";
  return `r${register}, a pointer to ${noun}`.replace("to one of", "of one of");
}

/** Reports a pointer that leaves the program's registers. */
export function refuseLeak(step: Step, register: number, value: Value, where: string): void {
  if (mayPoint(value)) step.refuse(`${describe(register, value)}, ${where}`, isSure(value));
}

/** Whether an instruction takes two places. */
export const isWide = ({ code, at }: Step): boolean => code.code[at] === TWO_SLOTS;

/** Reports that a program reads bytes of the stack that no path, or not every path, has written. */
export const refuseUnwritten = (step: Step, register: number, sure: boolean): void =>
  step.refuse(
    sure
      ? `the stack that r${register} points to is read before it is written`
      : `the stack that r${register} points to may be read before it is written`,
    sure,
  );
