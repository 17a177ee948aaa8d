// SPDX-License-Identifier: MIT
import type { SequenceMachine } from "../machine/machine.js";

/** Ranges of a counter's increase in one sequence: 1, 2, 3–4, 5–8 and so on. */
const RANGES = 16;

/** The sums of a machine's counters over all sequences, and the ranges that each counter has reached. */
export class Counters {
  readonly totals: Float64Array;
  readonly #machine: SequenceMachine;
  readonly #seen: Uint8Array;

  constructor(machine: SequenceMachine) {
    this.#machine = machine;
    this.totals = new Float64Array(machine.counters().length);
    this.#seen = new Uint8Array(this.totals.length * RANGES);
  }

  /** Adds the counters of the last sequence; returns whether one reached a new range. */
  add(): boolean {
    const { totals } = this;
    if (totals.length === 0) return false;
    const seen = this.#seen;
    const words = this.#machine.counterWords();
    let isNew = false;
    for (let i = 0; i < totals.length; i++) {
      const n = words[2 * i] as number;
      if (n === 0) continue;
      (totals[i] as number) += n;
      const range = i * RANGES + Math.min(RANGES - 1, 32 - Math.clz32(n - 1));
      if (seen[range] === 0) {
        seen[range] = 1;
        isNew = true;
      }
    }
    return isNew;
  }
}
