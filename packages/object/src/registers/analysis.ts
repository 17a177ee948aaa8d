// SPDX-License-Identifier: MIT
import { Insn } from "@bpf-token/uapi";
import { stepAlu } from "./alu.js";
import { Calls } from "./calls.js";
import {
  CALL,
  type Code,
  classOf,
  EXIT,
  JUMP,
  LONG_JUMP,
  type Point,
  TWO_SLOTS,
  targetOf,
} from "./code.js";
import { stepBranch } from "./jump.js";
import { loopsOf } from "./loops.js";
import { stepLd, stepLoad, stepStore } from "./memory.js";
import { copyState, joinStates, type State } from "./state.js";
import { read, refuseLeak, type Step } from "./step.js";
import { Worklist } from "./worklist.js";

/** What the verifier refuses without CAP_PERFMON. */
export interface Refusal {
  /** The instruction in the linked program. */
  readonly insn: number;
  readonly text: string;
  /** Whether every path to the instruction does it; otherwise the analysis only cannot exclude it. */
  readonly sure: boolean;
  /** The release that no longer refuses it. */
  readonly until?: string;
}

/** Steps for each instruction, after which the analysis gives up. */
const STEPS_PER_INSTRUCTION = 32;
const FEWEST_STEPS = 100_000;
/** Visits of a point after which growing ranges are given up. */
const VISITS = 4;

const LOOP = "a loop is also followed beyond its end, as a speculating processor does";

/** Follows all paths of a program, and finds what the verifier refuses without CAP_PERFMON. */
export class Analysis {
  readonly #code: Code;
  readonly #calls: Calls;
  readonly #states = new Map<number, { state: State; visits: number }>();
  readonly #worklist = new Worklist();
  readonly #refusals = new Map<number, Refusal>();

  constructor(code: Code) {
    this.#code = code;
    this.#calls = new Calls(code, (point, state) => this.#reach(point, state));
  }

  /** @returns undefined if the program has more paths than the analysis follows. */
  run(): readonly Refusal[] | undefined {
    const { count } = this.#code;
    this.#calls.begin();
    for (const at of loopsOf(this.#code)) this.#refuser(at)(LOOP, false);
    let left = Math.max(FEWEST_STEPS, STEPS_PER_INSTRUCTION * count);
    for (let key = this.#worklist.take(); key !== undefined; key = this.#worklist.take()) {
      const known = this.#states.get(key);
      if (known === undefined) continue;
      left -= this.#runBlock({ chain: Math.floor(key / count), at: key % count }, known.state);
      if (left < 0) return undefined;
    }
    const found = [...this.#refusals.values()];
    return found.sort((a, b) => Number(b.sure) - Number(a.sure) || a.insn - b.insn);
  }

  #reach({ chain, at }: Point, state: State): void {
    if (at < 0 || at >= this.#code.count) return;
    const key = chain * this.#code.count + at;
    const known = this.#states.get(key);
    if (known === undefined) this.#states.set(key, { state, visits: 1 });
    else {
      const joined = joinStates(known.state, state, known.visits > VISITS);
      if (joined === known.state) return;
      this.#states.set(key, { state: joined, visits: known.visits + 1 });
    }
    this.#worklist.add(key);
  }

  /** Steps to the end of a block. Returns the number of steps. */
  #runBlock(start: Point, before: State): number {
    const { count, leaders } = this.#code;
    const state = copyState(before);
    let { at } = start;
    let steps = 0;
    do {
      steps++;
      const next = this.#step({ ...start, at }, state);
      if (next === undefined) return steps;
      at = next;
    } while (at < count && !leaders.has(at));
    this.#reach({ ...start, at }, state);
    return steps;
  }

  /** Steps over an instruction. Returns the next one, or undefined where the block ends. */
  #step(point: Point, state: State): number | undefined {
    const { at } = point;
    const code = this.#code.code[at] ?? 0;
    const step: Step = { code: this.#code, at, state, refuse: this.#refuser(at) };
    switch (classOf(code)) {
      case Insn.ALU:
      case Insn.ALU64:
        stepAlu(step);
        return at + 1;
      case Insn.LD:
        stepLd(step);
        return at + (code === TWO_SLOTS ? 2 : 1);
      case Insn.LDX:
        stepLoad(step);
        return at + 1;
      case Insn.ST:
      case Insn.STX:
        stepStore(step);
        return at + 1;
      default:
        this.#leave(step, point, code);
        return undefined;
    }
  }

  /** A jump, a call or an exit. */
  #leave(step: Step, point: Point, code: number): void {
    const { state, at } = step;
    if (code === CALL) this.#calls.call(step, point);
    else if (code === EXIT) {
      if (this.#calls.isMain(point)) refuseLeak(step, 0, read(step, 0), "is returned");
      this.#calls.exit(step, point);
    } else if (code === JUMP || code === LONG_JUMP) {
      this.#reach({ ...point, at: targetOf(this.#code, at) }, state);
    } else {
      const [fallThrough, taken] = stepBranch(step);
      this.#reach({ ...point, at: at + 1 }, fallThrough);
      this.#reach({ ...point, at: targetOf(this.#code, at) }, taken);
    }
  }

  #refuser(insn: number): Step["refuse"] {
    return (text, sure, until) => {
      const known = this.#refusals.get(insn);
      const isWorse = known === undefined || (sure && !known.sure) || known.until !== undefined;
      if (!isWorse || (until !== undefined && known !== undefined)) return;
      this.#refusals.set(insn, { insn, text, sure, ...(until === undefined ? {} : { until }) });
    };
  }
}
