// SPDX-License-Identifier: MIT
import type { Comparison, Verdict } from "./comparison.js";
import type { Finding, MinimizedFinding } from "./finding.js";
import { Inputs } from "./inputs.js";
import { Random } from "./random.js";
import { addResult, newTally, type Tally } from "./tally.js";

/** One of `count` disjoint parts of a run, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Which sequences are generated. */
export interface FuzzOptions {
  /** Any number; the same seed gives the same sequences. Default 1. */
  readonly seed?: number;
  /** Which part of the run; default all of it. */
  readonly shard?: Shard;
  /** The block to begin with: {@link Fuzzer.block} of an earlier run. */
  readonly block?: number;
  /** Inputs that an earlier run kept. */
  readonly inputs?: readonly Uint8Array[];
}

/** After so many crashes in a row nothing more is to be learnt. */
export const mostCrashes = 16;

/**
 * Generates random sequences of system calls, block by block, and has a {@link Comparison} run them on
 * all subjects. It never waits or sleeps.
 */
export class Fuzzer {
  readonly tally: Tally = newTally();
  /** By reason: how many comparisons ended before the last step, without a finding. */
  readonly ended: Map<string, number> = new Map();
  /** How many comparisons differed as the releases of the subjects do. */
  expected = 0;
  /** Blocks in a row that ended in a crash. */
  crashes = 0;
  /** The next block; see {@link FuzzOptions.block}. */
  block: number;
  readonly #comparison: Comparison;
  readonly #seed: number;
  readonly #stride: number;
  readonly #inputs: Inputs;
  readonly #fresh: Uint8Array[] = [];

  constructor(comparison: Comparison, options: FuzzOptions = {}) {
    this.#comparison = comparison;
    this.#seed = options.seed ?? 1;
    this.#stride = options.shard?.count ?? 1;
    this.block = options.block ?? options.shard?.index ?? 0;
    this.#inputs = new Inputs(comparison.stepBytes);
    for (const input of options.inputs ?? []) this.#inputs.keep(input);
  }

  /** How many inputs are kept to be mutated. */
  get kept(): number {
    return this.#inputs.pool.length;
  }

  /** Inputs that reached new code since the last call. */
  takeFresh(): readonly Uint8Array[] {
    return this.#fresh.splice(0);
  }

  /**
   * Runs one block, to its end or to its first finding. There is at most one finding per block,
   * because one setup prefix mostly leads to one and the same difference.
   */
  runBlock(): Finding | undefined {
    const { blockSize, batchSize } = this.#comparison;
    const random = new Random(this.#seed, this.block);
    this.block += this.#stride;
    this.crashes++;
    const prefix = this.#inputs.prefix(random);
    const { read, crashed, finding } = this.#comparison.setUp(prefix);
    if (crashed === true) return finding;
    for (let left = blockSize; left > 0; left -= batchSize) {
      const inputs = Array.from({ length: batchSize }, () =>
        this.#inputs.after(prefix, read, random),
      );
      const end = this.#count(this.#comparison.run(inputs));
      if (end !== undefined) return end.finding;
    }
    const end = this.#count(this.#comparison.finish());
    if (end === undefined) this.crashes = 0;
    return end?.finding;
  }

  /** Runs one input from boot on, and keeps it if it reaches new code. */
  replay(input: Uint8Array): Finding | undefined {
    const { crashed, finding } = this.#comparison.setUp(input);
    if (crashed === true) return finding;
    const verdicts = [...this.#comparison.run([input]), ...this.#comparison.finish()];
    return this.#count(verdicts)?.finding;
  }

  /** Makes a finding as small as possible while it stays a finding. */
  minimize(finding: Finding): MinimizedFinding {
    return this.#comparison.minimize(finding);
  }

  /** Adds verdicts up; returns the one that ends the block, a crash or a finding. */
  #count(verdicts: Iterable<Verdict>): Verdict | undefined {
    for (const verdict of verdicts) {
      const { input, result, reachedNew, expected = 0, ended = [], crashed, finding } = verdict;
      addResult(this.tally, result);
      this.expected += expected;
      for (const why of ended) this.ended.set(why, (this.ended.get(why) ?? 0) + 1);
      if (reachedNew === true) {
        this.#inputs.keep(input);
        this.#fresh.push(input);
      }
      if (crashed === true) return verdict;
      if (finding === undefined) continue;
      this.crashes = 0;
      return verdict;
    }
    return undefined;
  }
}
