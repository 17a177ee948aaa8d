// SPDX-License-Identifier: MIT
import { anyScalar, joinValues, sameValue, type Value } from "./value.js";

/** Eight bytes of the stack. Never changed. */
export interface Slot {
  /** A bit for each byte that every path has written. */
  readonly init: number;
  /** A bit for each byte that some path has written. */
  readonly maybe: number;
  /** A whole value; undefined for parts of scalars. */
  readonly value?: Value;
}

/** The stack of a function, and the registers that it restores for its caller. */
export interface Frame {
  readonly slots: readonly (Slot | undefined)[];
  readonly saved: readonly (Value | undefined)[];
}

/** What the registers and the stack hold before an instruction. */
export interface State {
  /** R0 to R10; undefined if not written. */
  readonly regs: (Value | undefined)[];
  readonly frames: Frame[];
}

export const copyState = ({ regs, frames }: State): State => ({
  regs: [...regs],
  frames: [...frames],
});

/** Reading a register that is not written is refused with every capability, so such paths do not count. */
function joinOptional(
  a: Value | undefined,
  b: Value | undefined,
  widen: boolean,
): Value | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return joinValues(a, b, widen);
}

const empty: Slot = { init: 0, maybe: 0 };

function joinSlots(a: Slot | undefined, b: Slot | undefined, widen: boolean): Slot | undefined {
  if (a === b) return a;
  const [x, y] = [a ?? empty, b ?? empty];
  const [init, maybe] = [x.init & y.init, x.maybe | y.maybe];
  if (x.value === undefined && y.value === undefined) {
    return init === x.init && maybe === x.maybe ? x : { init, maybe };
  }
  // A slot that no path has written has no value. Other bytes without one are parts of scalars.
  const of = ({ value, maybe: bytes }: Slot): Value | undefined =>
    value ?? (bytes === 0 ? undefined : anyScalar);
  const value = joinOptional(of(x), of(y), widen);
  const isKnown = x.value !== undefined && value !== undefined && sameValue(x.value, value);
  if (isKnown && init === x.init && maybe === x.maybe) return x;
  return { init, maybe, ...(value === undefined ? {} : { value }) };
}

/** Joins states of the same calls. Returns `a` itself if `b` adds nothing. */
export function joinStates(a: State, b: State, widen: boolean): State {
  let isSame = true;
  const join = (x: Value | undefined, y: Value | undefined): Value | undefined => {
    const joined = joinOptional(x, y, widen);
    if (joined !== x && (joined === undefined || x === undefined || !sameValue(joined, x)))
      isSame = false;
    return joined;
  };
  const regs = a.regs.map((value, i) => join(value, b.regs[i]));
  const frames = a.frames.map((frame, depth) => {
    const other = b.frames[depth] as Frame;
    if (frame === other) return frame;
    const slots = frame.slots.map((slot, i) => {
      const joined = joinSlots(slot, other.slots[i], widen);
      if (joined !== slot) isSame = false;
      return joined;
    });
    const saved = frame.saved.map((value, i) => join(value, other.saved[i]));
    return { slots, saved };
  });
  return isSame ? a : { regs, frames };
}

/** The number of slots in a frame: 512 bytes. */
export const SLOTS = 64;
/** R10, the frame pointer. */
export const FRAME_POINTER = 10;

export const emptySlots: readonly (Slot | undefined)[] = new Array(SLOTS).fill(undefined);
