// SPDX-License-Identifier: MIT
import {
  compare,
  type Divergence,
  type Scenario,
  type Step,
  type Trace,
} from "@bpf-token/scenario";
import type { SequenceMachine, SequenceNote, SequenceResult } from "@bpf-token/upstream/sequences";
import { type DiffSubject, diff } from "../diff/diff.js";
import { modelRuns } from "../diff/model-runs.js";
import { Dice } from "./dice.js";
import type { FuzzOptions } from "./fuzzer.js";
import { Inputs } from "./inputs.js";
import { scenarioOf } from "./scenario-of.js";
import { shrinkScenario } from "./shrink.js";
import { count, newTally, type Tally } from "./tally.js";

/** What kernels are known to differ in, and why that is neither's fault. */
export interface KnownReason {
  /** Found in the message about the difference, behind what was called. */
  readonly match: RegExp;
  readonly why: string;
}

/** Bytes for which a kernel does not do what the first subject does. */
export interface LiveFinding {
  readonly input: Uint8Array;
  readonly scenario: Scenario;
  /** The first difference, in one line. */
  readonly what: string;
}

/** Steps that are no system calls. */
const operations: ReadonlySet<string> = new Set([
  "fork",
  "exit",
  "wait",
  "exec",
  "send",
  "settle",
  "open_namespace",
]);
/** Sequences of one block, which go on from the same story. */
const BLOCK = 16;

/**
 * Compares kernels that cannot make sequences themselves: a machine writes down what it does with
 * bytes, and each subject lives through that as a scenario. A sequence is compared up to the first
 * step that a subject does not answer, since it is not modelled or kept from a real kernel, or that
 * is known to differ; what comes after is another story on each of them.
 */
export class LiveFuzzer {
  readonly tally: Tally = newTally();
  /** By reason: sequences that ended before their last step, without a finding. */
  readonly ended: Map<string, number> = new Map();
  /** Sequences that differed as the releases of the subjects do. */
  expected = 0;
  /** The next block; see {@link FuzzOptions.block}. */
  block: number;
  readonly #machine: SequenceMachine;
  readonly #subjects: readonly DiffSubject[];
  readonly #known: readonly KnownReason[];
  readonly #seed: number;
  readonly #stride: number;
  readonly #inputs = new Inputs();
  readonly #room: readonly Step[];

  /**
   * @param machine - a tame one, of the first subject's release.
   * @param known - differences that end a sequence without a finding.
   */
  constructor(
    machine: SequenceMachine,
    subjects: readonly DiffSubject[],
    known: readonly KnownReason[],
    options: FuzzOptions = {},
  ) {
    this.#machine = machine;
    this.#subjects = subjects;
    this.#known = known;
    this.#seed = options.seed ?? 1;
    this.#stride = options.shard?.count ?? 1;
    this.block = options.block ?? options.shard?.index ?? 0;
    for (const input of options.inputs ?? []) this.#inputs.keep(input);
    this.#room = scenarioOf(machine.room, "room").steps;
  }

  /** Runs a block, to its end or to the first sequence that is not as it must be. */
  runBlock(): LiveFinding | undefined {
    const dice = new Dice(this.#seed, this.block);
    this.block += this.#stride;
    const story = this.#inputs.story(dice);
    this.#machine.restore(this.#machine.booted);
    const read = this.#machine.tell(story);
    for (let i = 0; i < BLOCK; i++) {
      const finding = this.#sequence(this.#inputs.after(story, read, dice));
      if (finding !== undefined) return finding;
    }
    return undefined;
  }

  /** Leaves out what is not needed for a finding; the room stays, since others need theirs. */
  shrink(scenario: Scenario): Scenario {
    const room = this.#room;
    const isFinding = (some: Scenario): boolean =>
      this.check({ ...some, steps: [...room, ...some.steps] }) !== undefined;
    const least = shrinkScenario(
      { ...scenario, steps: scenario.steps.slice(room.length) },
      isFinding,
    );
    return { ...least, steps: [...room, ...least.steps] };
  }

  /** The first unexpected difference of a scenario; undefined if there is none. */
  check(scenario: Scenario): string | undefined {
    return this.#judge(plain(scenario)).what;
  }

  #sequence(input: Uint8Array): LiveFinding | undefined {
    const { notes, result } = live(this.#machine, input);
    const scenario = this.#whole(notes);
    const { steps, what } = this.#judge(plain(scenario), true);
    // What the story takes, and the room before it, is not counted.
    const calls = scenario.steps.slice(0, steps).filter(({ call }) => !operations.has(call)).length;
    count(this.tally, { ...result, stepCalls: Math.max(0, calls - result.storyCalls) });
    return what === undefined ? undefined : { input: input.slice(), scenario, what };
  }

  #whole(notes: readonly SequenceNote[]): Scenario {
    const names = this.#subjects.map(({ name }) => name).join(" and ");
    const made = scenarioOf(answered(notes), `${names} differ`);
    return { ...made, steps: [...this.#room, ...made.steps] };
  }

  #judge(scenario: Scenario, counted = false): { readonly steps: number; readonly what?: string } {
    const traces: Trace[] = this.#subjects.map((subject) => subject.run(scenario));
    let steps = scenario.steps.length;
    for (const [i, other] of this.#subjects.entries()) {
      if (i === 0) continue;
      const [first] = compare(traces[0] as Trace, traces[i] as Trace);
      if (first === undefined) continue;
      steps = Math.min(steps, first.step ?? 0);
      const why = this.#reason(first, [traces[0] as Trace, traces[i] as Trace]);
      if (why !== undefined) {
        if (counted) this.ended.set(why, (this.ended.get(why) ?? 0) + 1);
        continue;
      }
      if (this.#isExpected(scenario, other.name)) {
        if (counted) this.expected++;
        continue;
      }
      return { steps, what: `${other.name}: ${first.message}` };
    }
    return { steps };
  }

  #reason(first: Divergence, traces: readonly [Trace, Trace]): string | undefined {
    if (first.what === "outcome") {
      for (const { events } of traces) {
        const event = events.find(
          ({ step, outcome }) =>
            step === first.step && (outcome === "kept-away" || outcome === "not-modelled"),
        );
        if (event !== undefined) return event.reason ?? event.outcome;
      }
    }
    return this.#known.find(({ match }) => match.test(first.message))?.why;
  }

  /** Whether the models of the releases differ alike. */
  #isExpected(scenario: Scenario, name: string): boolean {
    if (new Set(this.#subjects.map(({ release }) => release)).size < 2) return false;
    const { differences } = diff(scenario, this.#subjects, modelRuns());
    return differences.find(({ other }) => other === name)?.expected ?? false;
  }
}

interface Lived {
  readonly notes: readonly SequenceNote[];
  readonly result: SequenceResult;
}

/** One input from the start. */
function live(machine: SequenceMachine, input: Uint8Array): Lived {
  machine.restore(machine.booted);
  machine.tell(input);
  const result = machine.goOn(input);
  return { notes: machine.notes(input), result };
}

/** Up to the first call that the model does not know. */
function answered(notes: readonly SequenceNote[]): readonly SequenceNote[] {
  const at = notes.findIndex(({ kind }) => kind === "not-modelled");
  return at < 0 ? notes : notes.slice(0, Math.max(0, at - 2));
}

/** Without what it expects: answers are compared with each other. */
function plain(scenario: Scenario): Scenario {
  const steps = scenario.steps.map((step): Step => {
    const { by, call, args } = step;
    return step.expect === undefined ? step : { by, call, args };
  });
  return { ...scenario, steps };
}
