// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import {
  type Image,
  SequenceCrash,
  type SequenceMachine,
  type SequenceResult,
} from "../machine/machine.js";
import { Dice } from "./dice.js";
import { Inputs } from "./inputs.js";
import { count, newTally, type Tally } from "./tally.js";

/** A kernel that is compared by sequences. */
export interface SequenceSubject {
  readonly name: string;
  readonly release: KernelRelease;
  readonly machine: SequenceMachine;
  /**
   * The model of the same release. Where two subjects are of different releases, what their models
   * differ in alike is expected.
   */
  readonly model?: SequenceMachine;
}

/** Bytes for which two kernels do not do the same. */
export interface SequenceFinding {
  readonly input: Uint8Array;
  /** The subject that differs from the first, or in which something was left over. */
  readonly subject: string;
  readonly what: FindingKind;
  /** Why and where it crashed. */
  readonly crash?: string;
}

/**
 * Calls were answered otherwise; only functions of `token.c` differ when they are asked directly,
 * which is told once for each subject; something was left over; or a kernel trapped or was stopped in
 * a loop that does not end, which is told once for each place where it did.
 */
export type FindingKind = "differs" | "differs directly" | "leaks" | "crashes";

/** One of `count` disjoint parts of a run, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Which sequences are made. */
export interface FuzzOptions {
  /** Any number; the same gives the same sequences. Default 1. */
  readonly seed?: number;
  /** Which part of the run; default all of it. */
  readonly shard?: Shard;
  /** The block to begin with: that of {@link SequenceFuzzer.block} when an earlier run stopped. */
  readonly block?: number;
  /** Inputs that an earlier run kept. */
  readonly inputs?: readonly Uint8Array[];
}

/** Sequences of one block, which go on from the same story. */
const BLOCK = 128;
/** So many crashes in a row, and there is nothing more to learn. */
export const mostCrashes = 16;
/** How often a counter went up: 0, 1, 2, 3–4, 5–8 and so on. */
const BUCKETS = 16;

/** Compares kernels by sequences of calls, block by block; nothing of it waits or sleeps. */
export class SequenceFuzzer {
  readonly subjects: readonly SequenceSubject[];
  readonly tally: Tally = newTally();
  /** Sequences that differed as the releases do. */
  expected = 0;
  /** Blocks in a row that a crash has ended. */
  crashes = 0;
  /** The next block; see {@link FuzzOptions.block}. */
  block: number;
  readonly #seed: number;
  readonly #stride: number;
  readonly #inputs = new Inputs();
  readonly #fresh: Uint8Array[] = [];
  readonly #told = new Set<string>();
  /** By subject: how often each counter went up, and which buckets it was in. */
  readonly #totals: readonly Float64Array[];
  readonly #seen: readonly Uint8Array[];

  constructor(subjects: readonly SequenceSubject[], options: FuzzOptions = {}) {
    this.subjects = subjects;
    this.#seed = options.seed ?? 1;
    this.#stride = options.shard?.count ?? 1;
    this.block = options.block ?? options.shard?.index ?? 0;
    for (const input of options.inputs ?? []) this.#inputs.keep(input);
    this.#totals = subjects.map(({ machine }) => new Float64Array(machine.counters().length));
    this.#seen = this.#totals.map(({ length }) => new Uint8Array(length * BUCKETS));
  }

  /** Counters of a subject's own files, summed up over all sequences. */
  totals(subject: number): Float64Array {
    return this.#totals[subject] ?? new Float64Array();
  }

  /** Inputs that reached something new since they were asked for last. */
  takeFresh(): readonly Uint8Array[] {
    return this.#fresh.splice(0);
  }

  /** Runs one input from the start, and keeps it if it reaches something new. */
  add(input: Uint8Array): void {
    const [first] = this.subjects.map(({ machine }) => live(machine, input));
    if (first !== undefined) count(this.tally, first);
    if (this.#isNew()) this.#keep(input);
  }

  /** How many inputs are kept to be changed further. */
  get kept(): number {
    return this.#inputs.pool.length;
  }

  /**
   * Runs a block, to its end or to the first sequence that is not as it must be. At most once per
   * block: what one story leads to is mostly one and the same.
   */
  runBlock(): SequenceFinding | undefined {
    this.crashes++;
    const dice = new Dice(this.#seed, this.block);
    this.block += this.#stride;
    const story = this.#inputs.story(dice);
    const told = this.subjects.map(({ machine }) => tell(machine, story));
    const broken = told.map(({ crash }) => crash);
    if (broken.some((crash) => crash !== undefined)) return this.#crash(broken, story);
    const length = Math.min(...told.map(({ read }) => read));
    const results: Lived[] = [];
    for (let i = 0; i < BLOCK; i++) {
      const input = this.#inputs.after(story, length, dice);
      this.subjects.forEach(({ machine }, at) => {
        machine.restore((told[at] as Told).image);
        results[at] = goOn(machine, input);
      });
      count(this.tally, results[0] as SequenceResult);
      if (this.#isNew()) this.#keep(input);
      const finding = this.#judge(results, input);
      // One story mostly leads to one and the same place, and a loop without an end takes long.
      if (results.some(({ crash }) => crash !== undefined)) return finding;
      if (finding !== undefined) {
        this.crashes = 0;
        return finding;
      }
    }
    this.crashes = 0;
    return undefined;
  }

  /** What is wrong with one input, from the start; undefined if nothing is, or nothing new. */
  check(input: Uint8Array): SequenceFinding | undefined {
    return this.#judge(
      this.subjects.map(({ machine }) => live(machine, input)),
      input,
    );
  }

  #judge(results: readonly Lived[], input: Uint8Array): SequenceFinding | undefined {
    const [first, ...others] = this.subjects;
    const a = results[0] as Lived;
    if (first === undefined) return undefined;
    const broken = results.map(({ crash }) => crash);
    if (broken.some((crash) => crash !== undefined)) return this.#crash(broken, input);
    for (const [i, other] of others.entries()) {
      const b = results[i + 1] as Lived;
      if (a.fingerprint === b.fingerprint && a.leaked === b.leaked) continue;
      if (this.#isExpected(first, a, input) && this.#isExpected(other, b, input)) {
        this.expected++;
        continue;
      }
      const what = a.calls === b.calls && a.leaked === b.leaked ? "differs directly" : "differs";
      if (what === "differs directly") {
        if (!this.#isFirst(other.name)) continue;
      }
      return { input: input.slice(), subject: other.name, what };
    }
    const leaking = results.findIndex(({ leaked }) => leaked !== 0);
    const subject = this.subjects[leaking]?.name;
    return subject === undefined ? undefined : { input: input.slice(), subject, what: "leaks" };
  }

  #crash(broken: readonly (string | undefined)[], input: Uint8Array): SequenceFinding | undefined {
    for (const [i, crash] of broken.entries()) {
      const subject = this.subjects[i]?.name ?? "";
      if (crash === undefined || !this.#isFirst(`${subject} ${crash}`)) continue;
      return { input: input.slice(), subject, what: "crashes", crash };
    }
    return undefined;
  }

  /** Whether something has not been told yet. */
  #isFirst(what: string): boolean {
    if (this.#told.has(what)) return false;
    this.#told.add(what);
    return true;
  }

  #isExpected({ model }: SequenceSubject, is: SequenceResult, input: Uint8Array): boolean {
    return model !== undefined && live(model, input).fingerprint === is.fingerprint;
  }

  #keep(input: Uint8Array): void {
    this.#inputs.keep(input);
    this.#fresh.push(input.slice());
  }

  #isNew(): boolean {
    let fresh = false;
    this.subjects.forEach(({ machine }, at) => {
      const totals = this.#totals[at] as Float64Array;
      if (totals.length === 0) return;
      const seen = this.#seen[at] as Uint8Array;
      const words = machine.counterWords();
      for (let i = 0; i < totals.length; i++) {
        const n = words[2 * i] as number;
        if (n === 0) continue;
        (totals[i] as number) += n;
        const bucket = i * BUCKETS + Math.min(BUCKETS - 1, 32 - Math.clz32(n - 1));
        if (seen[bucket] === 0) {
          seen[bucket] = 1;
          fresh = true;
        }
      }
    });
    return fresh;
  }
}

interface Told {
  readonly read: number;
  readonly image: Image;
  readonly crash?: string;
}

/** What came of a sequence, and why it came no further. */
interface Lived extends SequenceResult {
  readonly crash?: string;
}

const NOTHING: SequenceResult = {
  fingerprint: 0n,
  calls: 0n,
  storyCalls: 0,
  stepCalls: 0,
  tasks: 0,
  tokens: 0,
  uses: 0,
  leaked: 0,
};

/** Runs a machine; what it comes to is something else where it crashes. */
function unlessCrash<T>(work: () => T, otherwise: (crash: string) => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SequenceCrash)) throw error;
    return otherwise(error.message);
  }
}

function tell(machine: SequenceMachine, story: Uint8Array): Told {
  const tellIt = (): Told => {
    machine.restore(machine.booted);
    const read = machine.tell(story);
    return { read, image: machine.save() };
  };
  return unlessCrash(tellIt, (crash) => ({ read: 0, image: machine.booted, crash }));
}

function goOn(machine: SequenceMachine, input: Uint8Array): Lived {
  return unlessCrash<Lived>(
    () => machine.goOn(input),
    (crash) => ({ ...NOTHING, crash }),
  );
}

/** One input from the start. Its story may be cut short: what is missing is 0. */
function live(machine: SequenceMachine, input: Uint8Array): Lived {
  const liveIt = (): Lived => {
    machine.restore(machine.booted);
    machine.tell(input);
    return machine.goOn(input);
  };
  return unlessCrash(liveIt, (crash) => ({ ...NOTHING, crash }));
}
