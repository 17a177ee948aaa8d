// SPDX-License-Identifier: MIT
import { assertOptions } from "@bpf-token/syscall";
import type { Comparison, Verdict } from "./comparison.js";
import type { Finding, MinimizedFinding } from "./finding.js";
import { Inputs } from "./inputs.js";
import { Random } from "./random.js";
import { addResult, newTally, type Tally } from "./tally.js";

/** One of `count` disjoint parts of a run; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Options that select the sequences of a run. */
export interface FuzzOptions {
  /** The seed. The same seed generates the same sequences. Default 1. */
  readonly seed?: number;
  /** The part of the run; default: the whole run. */
  readonly shard?: Shard;
  /** The first block: {@link Fuzzer.block} of an earlier run. */
  readonly block?: number;
  /** The inputs that an earlier run kept. */
  readonly inputs?: readonly Uint8Array[];
}

/**
 * The number of consecutive crashes after which a run stops.
 *
 * @example
 * ```ts
 * if (fuzzer.crashes >= mostCrashes) console.error("too many crashes");
 * ```
 */
export const mostCrashes = 16;

/**
 * Generates random sequences of system calls, block by block, and passes them to a {@link Comparison},
 * which runs them on all subjects.
 *
 * @example
 * ```ts
 * const fuzzer = new Fuzzer(comparison, { seed: 7 });
 * const finding = fuzzer.runBlock();
 * ```
 */
export class Fuzzer {
  readonly tally: Tally = newTally();
  /** The number of comparisons that ended early without a finding, by reason. */
  readonly ended: Map<string, number> = new Map();
  /** The number of comparisons with an expected difference. */
  expected = 0;
  /** The number of consecutive blocks that ended in a crash. */
  crashes = 0;
  /** The next block; see {@link FuzzOptions.block}. */
  block: number;
  readonly #comparison: Comparison;
  readonly #seed: number;
  readonly #stride: number;
  readonly #inputs: Inputs;
  readonly #fresh: Uint8Array[] = [];

  constructor(comparison: Comparison, options: FuzzOptions = {}) {
    assertOptions("Fuzzer", options, ["seed", "shard", "block", "inputs"]);
    this.#comparison = comparison;
    this.#seed = options.seed ?? 1;
    this.#stride = options.shard?.count ?? 1;
    this.block = options.block ?? options.shard?.index ?? 0;
    this.#inputs = new Inputs(comparison.stepBytes);
    for (const input of options.inputs ?? []) this.#inputs.keep(input);
  }

  /** The number of kept inputs, which are mutated. */
  get kept(): number {
    return this.#inputs.pool.length;
  }

  /** Returns the inputs that reached new code since the last call. */
  takeFresh(): readonly Uint8Array[] {
    return this.#fresh.splice(0);
  }

  /**
   * Runs one block, up to the first finding. It reports at most one finding, because the sequences of a
   * setup prefix usually find the same difference.
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

  /** Boots, runs one input, and keeps it if it reaches new code. */
  replay(input: Uint8Array): Finding | undefined {
    const { crashed, finding } = this.#comparison.setUp(input);
    if (crashed === true) return finding;
    const verdicts = [...this.#comparison.run([input]), ...this.#comparison.finish()];
    return this.#count(verdicts)?.finding;
  }

  /** Minimises a finding. */
  minimize(finding: Finding): MinimizedFinding {
    return this.#comparison.minimize(finding);
  }

  /** Counts verdicts; returns the one that ends the block, a crash or a finding. */
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
