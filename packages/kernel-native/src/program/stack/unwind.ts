// SPDX-License-Identifier: MIT
import type { AddressSpace } from "./address-space.js";
import { evaluate } from "./expression.js";
import type { FrameEntry } from "./frame-entry.js";
import { type FrameAt, type Rule, rulesAt } from "./frame-rules.js";
import type { Image, Images } from "./images.js";
import {
  machine,
  parseRegisters,
  REGISTERS_SIZE,
  type Registers,
  type ThreadState,
} from "./registers.js";
import { callBefore } from "./return-address.js";

/** A frame of a stack. */
export interface Place {
  readonly image: Image;
  readonly pc: number;
  /** The address by which its function is found: in a caller, that of the call. */
  readonly at: number;
  readonly reliable: boolean;
}

/** More frames are not of interest. */
const MOST_FRAMES = 16;
/** A search for return addresses ends after this many bytes. */
const SEARCHED = 1 << 16;
/** Few functions have more bytes of code. */
const NEAR = 1 << 12;
/** User memory is below this on both machines; the rest of an address on arm64 is a signature. */
const ADDRESSES = 2 ** 48;

/** A state of an unwinding. */
interface Step extends ThreadState {
  readonly reliable: boolean;
  /** Whether `pc` follows a call. Otherwise it is that of the thread, or of an interrupted one. */
  readonly afterCall: boolean;
  /** Frames of callers are not below this. */
  readonly low: number;
}

/** Follows the stack of a thread from its innermost frame. */
export function unwind(space: AddressSpace, images: Images, from: ThreadState): readonly Place[] {
  const unwinder = new Unwinder(space, images);
  const places: Place[] = [];
  let step: Step | undefined = {
    ...from,
    reliable: true,
    afterCall: false,
    low: from.registers.get(machine.sp) ?? 0,
  };
  while (step !== undefined && places.length < MOST_FRAMES) {
    const image = images.at(step.pc);
    if (image === undefined) break;
    const { pc, reliable } = step;
    places.push({ image, pc, at: step.afterCall ? pc - 1 : pc, reliable });
    step = unwinder.caller(image, step);
  }
  return places;
}

/** Whether code that is called may contain an address, where functions are not known. */
function isNear(called: number | undefined, address: number): boolean {
  return called !== undefined && called <= address && address - called < NEAR;
}

class Unwinder {
  readonly #space: AddressSpace;
  readonly #images: Images;

  constructor(space: AddressSpace, images: Images) {
    this.#space = space;
    this.#images = images;
  }

  /** The caller of a frame; undefined for the outermost one, and if it is not found. */
  caller(image: Image, step: Step): Step | undefined {
    const at = step.afterCall ? step.pc - 1 : step.pc;
    const interrupted = this.#interrupted(step);
    if (interrupted !== undefined) return interrupted;
    let entry: FrameEntry | undefined;
    try {
      entry = image.frameEntry(at);
      const found = entry && this.#byRules(entry, step, at);
      if (found !== undefined) return found === "outermost" ? undefined : found;
    } catch (error) {
      // Malformed unwind information is none.
      if (!(error instanceof RangeError)) throw error;
    }
    const start = entry?.start ?? image.function(at)?.start;
    return this.#inRegister(step, start) ?? this.#bySearch(step, start);
  }

  /** By the rules of .eh_frame. */
  #byRules(entry: FrameEntry, step: Step, at: number): Step | "outermost" | undefined {
    const rules = rulesAt(entry, at);
    if (rules?.frame === undefined) return undefined;
    const { registers } = step;
    const frame = this.#frame(rules.frame, registers);
    if (frame === undefined || frame < step.low) return undefined;
    const { ra, ofSignal } = entry.common;
    const rule = rules.registers.get(ra);
    if (rule?.kind === "undefined") return "outermost";
    // A call has overwritten the register of the return address.
    if (rule === undefined && step.afterCall) return undefined;
    const next = new Map([...registers, [machine.sp, frame]]);
    for (const [register, how] of rules.registers) {
      const value = this.#value(how, frame, registers);
      if (value === undefined) next.delete(register);
      else next.set(register, value);
    }
    const target = next.get(ra);
    if (target === undefined) return undefined;
    if (!ofSignal) next.delete(ra);
    const pc = target % ADDRESSES;
    if (pc === 0) return "outermost";
    return {
      ...{ pc, registers: next, reliable: step.reliable },
      // A leaf function on arm64 has no frame.
      ...{ afterCall: !ofSignal, low: ofSignal ? 0 : frame },
    };
  }

  /**
   * The code that a signal interrupted, if the frame is that to which a handler returns. Linux on
   * arm64 has no unwind information there, but saves the registers on the stack.
   */
  #interrupted({ pc, registers, reliable }: Step): Step | undefined {
    const sp = registers.get(machine.sp);
    if (machine.sigreturn === undefined || sp === undefined) return undefined;
    const { code, saved } = machine.sigreturn;
    if (Buffer.compare(this.#space.read(pc, code.length), code) !== 0) return undefined;
    const state = parseRegisters(this.#space.read(sp + saved, REGISTERS_SIZE));
    return state && { ...state, reliable, afterCall: false, low: 0 };
  }

  #frame(at: FrameAt, registers: Registers): number | undefined {
    if ("expression" in at) return evaluate(at.expression, registers, this.#word);
    const base = registers.get(at.register);
    return base === undefined ? undefined : base + at.offset;
  }

  #value(rule: Rule, frame: number, registers: Registers): number | undefined {
    switch (rule.kind) {
      case "memory":
        return this.#word(frame + rule.offset);
      case "value":
        return frame + rule.offset;
      case "memoryAt": {
        const at = evaluate(rule.expression, registers, this.#word, [frame]);
        return at === undefined ? undefined : this.#word(at);
      }
      case "valueOf":
        return evaluate(rule.expression, registers, this.#word, [frame]);
      case "register":
        return registers.get(rule.from);
      case "undefined":
        return undefined;
    }
  }

  readonly #word = (address: number): number | undefined => this.#space.word(address);

  /** The call in front of an address with code; undefined if there is none. */
  #callBefore(address: number | undefined) {
    if (address === undefined || this.#images.at(address - 1) === undefined) return undefined;
    return callBefore((at, size) => this.#space.read(at, size), address);
  }

  /** By the register of the return address, in a function of arm64 that made no call yet. */
  #inRegister(step: Step, start: number | undefined): Step | undefined {
    if (machine.pushes || step.afterCall) return undefined;
    const address = step.registers.get(machine.ra);
    const pc = address === undefined ? undefined : address % ADDRESSES;
    const call = this.#callBefore(pc);
    if (pc === undefined || call === undefined) return undefined;
    if (call.target === undefined || call.target !== start) return undefined;
    const registers = new Map(step.registers);
    registers.delete(machine.ra);
    return { ...step, pc, registers, afterCall: true };
  }

  /**
   * Without rules: by the frame pointer if it points to a frame, and else by the next return address
   * on the stack. A call of this very function is certain. Others may be of earlier calls.
   */
  #bySearch(step: Step, start: number | undefined): Step | undefined {
    const pointer = step.registers.get(machine.fp);
    // Go on arm64 writes the caller's frame pointer below its own frame.
    const record = this.#record(pointer, machine.pushes ? step.low : step.low - 8);
    const end = record === undefined ? step.low + SEARCHED : record + 8;
    let other: Step | undefined;
    // On arm64 a return address is in its register or in a record of the frame pointer.
    const first = machine.pushes || record === undefined ? step.low : end;
    for (let at = first; at <= end; at += 8) {
      const word = this.#word(at);
      if (word === undefined) break;
      const pc = word % ADDRESSES;
      const call = this.#callBefore(pc);
      if (call === undefined) continue;
      const isRecord = at === end && record !== undefined;
      const found = (reliable: boolean): Step =>
        this.#found({ ...step, reliable }, at, pc, isRecord ? record : undefined);
      if (start === undefined ? isNear(call.target, step.pc) : call.target === start) {
        return found(step.reliable && start !== undefined && other === undefined);
      }
      if (isRecord) return found(false);
      // Programs that keep frame pointers set that of the outermost frame to 0.
      if (record !== undefined || pointer === 0) continue;
      // The call of another function is an earlier one, unless that function jumped to this one.
      if (call.target === undefined) return found(false);
      other ??= found(false);
    }
    return other;
  }

  /** The step to a return address on the stack. */
  #found(step: Step, at: number, pc: number, record: number | undefined): Step {
    const { fp, sp } = machine;
    const { reliable } = step;
    // Whether a function saved other registers, and where, is not known.
    const registers = new Map<number, number>();
    const kept = step.registers.get(fp) ?? this.#record(this.#word(at - 8), at);
    const before = record === undefined ? kept : this.#word(record);
    if (before !== undefined) registers.set(fp, before);
    // Elsewhere the caller's frame starts at an unknown place above the record.
    if (machine.pushes) registers.set(sp, at + 8);
    return { pc, registers, reliable, afterCall: true, low: at + 8 };
  }

  /** A frame pointer, if it points to the caller's one and a return address. */
  #record(pointer: number | undefined, low: number): number | undefined {
    if (pointer === undefined || pointer < low || pointer > low + SEARCHED) return undefined;
    const word = pointer % 8 === 0 ? this.#word(pointer + 8) : undefined;
    return word !== undefined && this.#callBefore(word % ADDRESSES) ? pointer : undefined;
  }
}
