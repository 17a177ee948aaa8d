// SPDX-License-Identifier: MIT
import { emptySlots, type Frame, SLOTS, type Slot, type State } from "./state.js";
import { refuseUnwritten, type Step } from "./step.js";
import { anyScalar, anything, isSure, mayPoint, type Value } from "./value.js";

const STACK_SIZE = 512;
const SLOT = 8;

/** The bytes of the frame that an access may touch: from its lowest to its highest offset. */
interface Range {
  readonly start: number;
  readonly end: number;
  /** Whether every path accesses the same bytes. */
  readonly isExact: boolean;
}

/** The range of an access of `size` bytes, cut to the frame. */
export function rangeOf({ lo, hi }: Value, off: number, size: number): Range {
  const start = Math.max(lo + off, -STACK_SIZE) + STACK_SIZE;
  const end = Math.min(hi + off + size, 0) + STACK_SIZE;
  return { start, end: Math.max(start, end), isExact: lo === hi && Number.isFinite(size) };
}

const frameOf = ({ frames }: State, { index }: Value): Frame | undefined => frames[index];

/** The slots of a range, with the bits of the bytes that belong to it. */
function* slotsIn(
  frame: Frame | undefined,
  { start, end }: Range,
): Generator<[number, Slot, number]> {
  for (let at = Math.floor(start / SLOT); at * SLOT < end && at < SLOTS; at++) {
    let bits = 0;
    for (let byte = 0; byte < SLOT; byte++) {
      const place = at * SLOT + byte;
      if (place >= start && place < end) bits |= 1 << byte;
    }
    yield [at, frame?.slots[at] ?? { init: 0, maybe: 0 }, bits];
  }
}

/** Reports bytes that are not written. Returns whether all of them are. */
export function checkWritten(step: Step, register: number, range: Range, base: Value): boolean {
  const sure = range.isExact && isSure(base);
  for (const [, slot, bits] of slotsIn(frameOf(step.state, base), range)) {
    if ((slot.init & bits) === bits) continue;
    refuseUnwritten(step, register, sure && (slot.maybe & bits) !== bits);
    return false;
  }
  return true;
}

/** Reports bytes that are not written, and pointers where the kernel reads plain bytes. */
export function checkRead(step: Step, register: number, range: Range, base: Value): void {
  if (!checkWritten(step, register, range, base)) return;
  const sure = range.isExact && isSure(base);
  for (const [, { value }] of slotsIn(frameOf(step.state, base), range)) {
    if (value === undefined || !mayPoint(value)) continue;
    step.refuse(`the stack that r${register} points to has a pointer`, sure && isSure(value));
    return;
  }
}

/** Reports a pointer on the stack that would be overwritten in part. */
export function checkOverwrite(step: Step, range: Range, base: Value): void {
  const sure = range.isExact && isSure(base);
  for (const [, { value }, bits] of slotsIn(frameOf(step.state, base), range)) {
    if (value !== undefined && mayPoint(value) && bits !== 0xff)
      step.refuse("a pointer on the stack is overwritten in part", sure && isSure(value));
  }
}

/** Marks bytes as written. A whole slot keeps its value. */
export function writeRange(state: State, range: Range, base: Value, value?: Value): void {
  const frame = frameOf(state, base);
  if (frame === undefined) return;
  const slots = [...frame.slots];
  for (const [at, slot, bits] of slotsIn(frame, range)) {
    const isWhole = range.isExact && bits === 0xff;
    const kept = isWhole ? value : partly(slot, value);
    slots[at] = {
      // An access at several offsets writes only one of them on each path.
      init: range.isExact ? slot.init | bits : slot.init,
      maybe: slot.maybe | bits,
      ...(kept === undefined ? {} : { value: kept }),
    };
  }
  state.frames[base.index] = { ...frame, slots };
}

/** What a slot may hold after a part of it was written, or after it was perhaps written. */
function partly({ value }: Slot, written: Value | undefined): Value | undefined {
  if (value === undefined && (written === undefined || !mayPoint(written))) return undefined;
  const { kinds, index, nullable } = value ?? anyScalar;
  return { ...anything, kinds: kinds | (written ?? anyScalar).kinds, index, nullable };
}

/** The value that a load finds, if it reads a whole slot. */
export function readSlot(state: State, range: Range, base: Value): Value {
  const { start, end, isExact } = range;
  if (!isExact || end - start !== SLOT || start % SLOT !== 0) return anyScalar;
  return frameOf(state, base)?.slots[start / SLOT]?.value ?? anyScalar;
}

/** The value that a load at several offsets may find. */
export function mayReadPointer(state: State, range: Range, base: Value): boolean {
  for (const [, { value }] of slotsIn(frameOf(state, base), range))
    if (value !== undefined && mayPoint(value)) return true;
  return false;
}

/** A new frame, whose caller has these registers. */
export const newFrame = (saved: Frame["saved"]): Frame => ({ slots: emptySlots, saved });
