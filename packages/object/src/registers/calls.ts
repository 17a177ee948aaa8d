// SPDX-License-Identifier: MIT
import { HelperId } from "@bpf-token/uapi";
import { framePointer } from "./alu.js";
import type { Code, Point } from "./code.js";
import { checkUnknown, stepHelper } from "./helper-call.js";
import { type Parameter, parametersOf, resultOf } from "./signatures.js";
import { checkRead, newFrame, rangeOf } from "./stack.js";
import { copyState, FRAME_POINTER, type State } from "./state.js";
import type { Step } from "./step.js";
import { anyScalar, anything, Kind, mayPoint, pointer, type Value } from "./value.js";

/** A call in progress: where it returns to. */
interface Chain {
  readonly parent: number;
  /** The call instruction; -1 for functions that the verifier checks alone. */
  readonly at: number;
  readonly depth: number;
  readonly callback: boolean;
  /** The entry of a callback, which the helper calls again. */
  readonly entry: number;
}

/** The verifier refuses deeper calls. */
const DEEPEST = 8;
const PSEUDO_CALL = 1;

/** The calls of a program: of its own functions, of helpers, and of kernel functions. */
export class Calls {
  readonly #code: Code;
  readonly #reach: (point: Point, state: State) => void;
  readonly #chains: Chain[] = [{ parent: -1, at: -1, depth: 0, callback: false, entry: 0 }];
  readonly #ids = new Map<string, number>();
  /** The chain of each function that was begun alone. */
  readonly #roots = new Map<number, number>();
  /** What each callback is called with. */
  readonly #arguments = new Map<number, readonly (Value | undefined)[]>();

  constructor(code: Code, reach: (point: Point, state: State) => void) {
    this.#code = code;
    this.#reach = reach;
  }

  /** Begins with the program's first function. */
  begin(): void {
    this.#reach({ chain: 0, at: 0 }, entryState([pointer(Kind.CTX)]));
    const { exceptionCallback, functions } = this.#code;
    for (const [at, index] of functions)
      if (index === exceptionCallback) this.#root(at, [anyScalar]);
  }

  /** Whether an exit in a point ends the program. */
  isMain({ chain }: Point): boolean {
    return chain === 0;
  }

  call(step: Step, point: Point): void {
    const { at } = step;
    const kind = (this.#code.regs[at] ?? 0) >> 4;
    // In the object, a call of a kernel function looks like one of an own function.
    const isOwn = this.#code.functions.has(at + 1 + (this.#code.imm[at] ?? 0));
    const isExtern = this.#code.relocations.get(at)?.kind === "extern-call";
    if (kind === PSEUDO_CALL && isOwn && !isExtern) this.#function(step, point);
    else if (kind === 0) this.#helper(step, point);
    else this.#kernelFunction(step, point);
  }

  exit({ state }: Step, { chain }: Point): void {
    const { parent, at, callback, entry } = this.#chains[chain] as Chain;
    if (parent < 0) return;
    const after = copyState(state);
    const frame = after.frames.pop();
    frame?.saved.forEach((value, i) => {
      after.regs[6 + i] = value;
    });
    after.regs[FRAME_POINTER] = framePointer(after.frames.length - 1);
    if (callback) this.#again(chain, entry, copyState(after), state);
    this.#continue(
      { chain: parent, at },
      after,
      callback ? anyScalar : (state.regs[0] ?? anyScalar),
    );
  }

  /** A helper may call its callback several times. */
  #again(chain: number, entry: number, after: State, before: State): void {
    const saved = before.frames.at(-1)?.saved ?? [];
    const regs = this.#arguments.get(chain) ?? [];
    this.#reach({ chain, at: entry }, enter(after, regs, saved));
  }

  #continue({ chain, at }: Point, state: State, result: Value): void {
    state.regs[0] = result;
    for (let register = 1; register <= 5; register++) state.regs[register] = undefined;
    this.#reach({ chain, at: at + 1 }, state);
  }

  #function(step: Step, point: Point): void {
    const { at, state } = step;
    const target = at + 1 + (this.#code.imm[at] ?? 0);
    const index = this.#code.functions.get(target);
    const spec = index === undefined ? undefined : this.#code.specs[index];
    const parameters = spec === undefined ? undefined : parametersOf(this.#code.btf, spec);
    if (parameters !== undefined) {
      this.#global(step, target, parameters);
      this.#continue(point, state, anyScalar);
      return;
    }
    const chain = this.#chain(point, false, target);
    if (chain === undefined) return;
    const saved = state.regs.slice(6, FRAME_POINTER);
    this.#reach({ chain, at: target }, enter(state, state.regs.slice(1, 6), saved));
  }

  /** A function with global linkage is checked alone; its caller passes what its types say. */
  #global(step: Step, target: number, parameters: readonly Parameter[]): void {
    parameters.forEach(({ size }, i) => {
      const value = step.state.regs[i + 1];
      if (value === undefined || (value.kinds & Kind.STACK) === 0) return;
      checkRead(step, i + 1, rangeOf(value, 0, size), value);
    });
    this.#root(
      target,
      parameters.map(({ value }) => value),
    );
  }

  /** Begins a function that is checked without its callers. */
  #root(at: number, values: readonly Value[]): void {
    if (this.#roots.has(at)) return;
    const root = { parent: -1, at: -1, depth: 0, callback: false, entry: at };
    const chain = this.#chains.push(root) - 1;
    this.#roots.set(at, chain);
    this.#reach({ chain, at }, entryState(values));
  }

  #helper(step: Step, point: Point): void {
    const { state, at } = step;
    const id = this.#code.imm[at] ?? 0;
    const regs = state.regs.slice(0, 6);
    const result = stepHelper(step);
    const callback = regs.slice(1).find((value) => value?.kinds === Kind.FUNC);
    if (callback !== undefined)
      this.#callback(step, point, callback.index, callbackArguments(id, regs));
    this.#continue(point, state, result.nullable ? numbered(state, result, at + 1) : result);
  }

  #callback(step: Step, point: Point, target: number, values: readonly Value[]): void {
    if (this.#code.imm[step.at] === HelperId.timer_set_callback) {
      this.#root(target, values);
      return;
    }
    const chain = this.#chain(point, true, target);
    if (chain === undefined) return;
    this.#arguments.set(chain, values);
    const saved = step.state.regs.slice(6, FRAME_POINTER);
    this.#reach({ chain, at: target }, enter(step.state, values, saved));
  }

  #kernelFunction(step: Step, point: Point): void {
    const { state } = step;
    for (let register = 1; register <= 5; register++) {
      const value = state.regs[register];
      if (value?.kinds === Kind.FUNC) this.#root(value.index, new Array(5).fill(anything));
      checkUnknown(step, register);
    }
    const relocation = this.#code.relocations.get(step.at);
    const name = relocation?.kind === "extern-call" ? relocation.extern : "";
    const extern = this.#code.externs.get(name);
    const result = extern?.kind === "ksym" ? resultOf(this.#code.btf, extern.typeId) : anything;
    this.#continue(point, state, mayPoint(result) ? numbered(state, result, step.at + 1) : result);
  }

  /** The chain of a call, the same for each visit; undefined if it is too deep. */
  #chain({ chain, at }: Point, callback: boolean, entry: number): number | undefined {
    const key = `${chain} ${at} ${entry}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const depth = (this.#chains[chain]?.depth ?? 0) + 1;
    if (depth >= DEEPEST) return undefined;
    const id = this.#chains.push({ parent: chain, at, depth, callback, entry }) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

function entryState(values: readonly Value[]): State {
  const regs: (Value | undefined)[] = new Array(11).fill(undefined);
  values.forEach((value, i) => {
    if (i < 5) regs[i + 1] = value;
  });
  regs[FRAME_POINTER] = framePointer(0);
  return { regs, frames: [newFrame([])] };
}

/** The state in a function that is called with these arguments. */
function enter(
  { frames }: State,
  values: readonly (Value | undefined)[],
  saved: readonly (Value | undefined)[],
): State {
  const regs: (Value | undefined)[] = new Array(11).fill(undefined);
  values.forEach((value, i) => {
    regs[i + 1] = value;
  });
  regs[FRAME_POINTER] = framePointer(frames.length);
  return { regs, frames: [...frames, newFrame(saved)] };
}

/** What a helper passes to its callback. */
function callbackArguments(id: number, regs: readonly (Value | undefined)[]): readonly Value[] {
  const map = regs[1]?.map;
  const value = pointer(Kind.MAP_VALUE, map === undefined ? {} : { map });
  const of = (register: number): Value => regs[register] ?? anyScalar;
  switch (id) {
    case HelperId.loop:
      return [anyScalar, of(3)];
    case HelperId.for_each_map_elem:
      return [of(1), pointer(Kind.MEM), value, of(3)];
    default:
      return new Array(5).fill(anything);
  }
}

/**
 * Gives a pointer the number of its call, so that a test of one copy settles all. Pointers of an
 * earlier call of the same instruction lose it.
 */
function numbered(state: State, value: Value, id: number): Value {
  const forget = (old: Value | undefined): Value | undefined =>
    old?.id === id ? { ...old, id: 0 } : old;
  state.regs.forEach((old, i) => {
    state.regs[i] = forget(old);
  });
  state.frames.forEach(({ slots, saved }, depth) => {
    const has = (old: Value | undefined): boolean => old?.id === id;
    if (!saved.some(has) && !slots.some((slot) => has(slot?.value))) return;
    state.frames[depth] = {
      saved: saved.map(forget),
      slots: slots.map((slot) => {
        const old = forget(slot?.value);
        return slot === undefined || old === undefined ? slot : { ...slot, value: old };
      }),
    };
  });
  return { ...value, id };
}
