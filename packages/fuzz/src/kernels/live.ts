// SPDX-License-Identifier: MIT

import {
  compare,
  type Divergence,
  diff,
  type ModelRun,
  run,
  type Scenario,
  type Step,
  type Trace,
} from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { Dice } from "../engine/dice.js";
import type { FuzzOptions } from "../engine/fuzzer.js";
import { Inputs } from "../engine/inputs.js";
import { count, newTally, type Tally } from "../engine/tally.js";
import type { SequenceMachine } from "../machine/machine.js";
import type { SequenceNote } from "../machine/notes.js";
import { scenarioOf } from "../scenario/scenario-of.js";
import { shrinkScenario } from "../scenario/shrink.js";
import type {
  Judged,
  KnownReason,
  LiveFinding,
  LiveSubject,
  Looked,
  Made,
  Played,
  Told,
  ToldStory,
} from "./live-types.js";
import { isAlike, playOf } from "./play-of.js";
import { ToldKernel } from "./told-kernel.js";

/** Sequences of one block, which go on from the same story. */
const BLOCK = 64;
/** How many of them go to a kernel at a time. */
const TRIP = 16;
/** The most bytes behind a story: what comes before costs a real kernel more than what they make. */
const LENGTH = 480;

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
  readonly #release: KernelRelease | undefined;
  readonly #subjects: readonly LiveSubject[];
  readonly #known: readonly KnownReason[];
  readonly #model: ModelRun;
  readonly #seed: number;
  readonly #stride: number;
  readonly #inputs = new Inputs(LENGTH);
  readonly #room: readonly Step[];

  /**
   * @param machine - a tame one, of the first subject's release.
   * @param known - differences that end a sequence without a finding.
   * @param model - runs the models of releases, which say whether a difference is that of two releases.
   */
  constructor(
    machine: SequenceMachine,
    subjects: readonly LiveSubject[],
    known: readonly KnownReason[],
    model: ModelRun,
    options: FuzzOptions = {},
  ) {
    this.#machine = machine;
    this.#subjects = subjects;
    this.#release = subjects[0]?.release;
    this.#known = known;
    this.#model = model;
    this.#seed = options.seed ?? 1;
    this.#stride = options.shard?.count ?? 1;
    this.block = options.block ?? options.shard?.index ?? 0;
    for (const input of options.inputs ?? []) this.#inputs.keep(input);
    this.#room = scenarioOf(machine.room, "room").steps;
  }

  /**
   * Runs a block, to its end or to the first sequence that is not as it must be. While kernels live
   * through some sequences, the next ones are made and the last ones compared.
   */
  runBlock(): LiveFinding | undefined {
    const dice = new Dice(this.#seed, this.block);
    this.block += this.#stride;
    const story = this.#inputs.story(dice);
    this.#machine.restore(this.#machine.booted);
    const read = this.#machine.tell(story);
    let look: (() => readonly Looked[]) | undefined;
    for (let i = 0; i < BLOCK; i += TRIP) {
      const made = Array.from({ length: TRIP }, () =>
        this.#make(this.#inputs.after(story, read, dice).slice()),
      );
      const collect = this.#play(made);
      // No kernel can be asked for anything until it is done with its plays.
      const looked = look?.() ?? [];
      const played = collect();
      const finding = this.#judgeAll(looked);
      if (finding !== undefined) return finding;
      look = () => made.map((one, at) => this.#look(one, toldOf(played, at)));
    }
    return this.#judgeAll(look?.() ?? []);
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

  /** Begins anew with what sequences could have changed for those behind them: guests. */
  renew(): void {
    for (const { renew } of this.#subjects) renew?.();
  }

  /** The first unexpected difference of a scenario; undefined if there is none. */
  check(scenario: Scenario): string | undefined {
    const bare = plain(scenario);
    return this.#judge(bare, this.#live(bare)).what;
  }

  #make(input: Uint8Array): Made {
    const { notes, result } = this.#machine.noted(input);
    const all = [...this.#machine.room, ...answered(notes)];
    return { input, notes: answered(notes), result, sheet: playOf(all) };
  }

  /** Has them played wherever that can be; the answers by subject. */
  #play(made: readonly Made[]): () => readonly (Played | undefined)[] {
    const plays = made.map(({ sheet }) => sheet.play);
    const collects = this.#subjects.map((subject) => subject.play?.(plays));
    return () => collects.map((collect) => collect?.());
  }

  /** Up to the first that is not as it must be. */
  #judgeAll(looked: readonly Looked[]): LiveFinding | undefined {
    for (const one of looked) {
      const { input, result, sheet } = one.made;
      const { steps, what } = one.told === undefined ? ALL : this.#confirm(one.told);
      // What the story takes, and the room before it, is not counted.
      const calls = sheet.play.slice(0, steps).filter(({ op }) => op === "call").length;
      count(this.tally, { ...result, stepCalls: Math.max(0, calls - result.storyCalls) });
      if (one.told && what !== undefined) return { input, scenario: one.told.scenario, what };
    }
    return undefined;
  }

  /** Compares what kernels have answered with the machine, and if need be as a scenario. */
  #look(made: Made, told: readonly (Told | undefined)[]): Looked {
    const alike = this.#subjects.every(({ own, release }, i) => {
      const one = told[i];
      if (one !== undefined) return isAlike(made.sheet, one.answers);
      // The machine is the model of this release.
      return own === "model" && release === this.#release;
    });
    if (alike) return { made };
    const scenario = this.#whole(made.notes);
    const bare = plain(scenario);
    const traces = this.#subjects.map(({ own, run: live }, i) => {
      const one = told[i];
      if (one !== undefined) {
        return run(new ToldKernel(one.kernel, made.sheet.play, one.answers), bare);
      }
      return own === "kernel" ? undefined : live(bare);
    });
    return { made, told: { scenario, bare, traces } };
  }

  /** What seems to be a finding by what was told must come again, lived through alone. */
  #confirm({ bare, traces }: ToldStory): Judged {
    const all = traces.map((trace, i) => trace ?? (this.#subjects[i] as LiveSubject).run(bare));
    const judged = this.#judge(bare, all, true);
    if (judged.what === undefined) return judged;
    this.renew();
    const again = this.#judge(bare, this.#live(bare));
    if (again.what === undefined) this.#end(`differed once and not again: ${judged.what}`);
    return again;
  }

  #whole(notes: readonly SequenceNote[]): Scenario {
    const names = this.#subjects.map(({ name }) => name).join(" and ");
    const made = scenarioOf(notes, `${names} differ`);
    return { ...made, steps: [...this.#room, ...made.steps] };
  }

  #live(scenario: Scenario): readonly Trace[] {
    return this.#subjects.map((subject) => subject.run(scenario));
  }

  #judge(scenario: Scenario, traces: readonly Trace[], counted = false): Judged {
    let steps = scenario.steps.length;
    for (const [i, other] of this.#subjects.entries()) {
      if (i === 0) continue;
      const [first] = compare(traces[0] as Trace, traces[i] as Trace);
      if (first === undefined) continue;
      steps = Math.min(steps, first.step ?? 0);
      const why = this.#reason(first, [traces[0] as Trace, traces[i] as Trace]);
      if (why !== undefined) {
        if (counted) this.#end(why);
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

  #end(why: string): void {
    this.ended.set(why, (this.ended.get(why) ?? 0) + 1);
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
    const before = traces[0].events.filter(({ step }) => step < (first.step ?? 0));
    return this.#known.find(
      ({ match, after, only = () => true }) =>
        match.test(first.message) &&
        only(first.message) &&
        (after === undefined || before.some(({ text }) => after.test(text))),
    )?.why;
  }

  /** Whether the models of the releases differ alike. */
  #isExpected(scenario: Scenario, name: string): boolean {
    if (new Set(this.#subjects.map(({ release }) => release)).size < 2) return false;
    const { differences } = diff(scenario, this.#subjects, this.#model);
    return differences.find(({ other }) => other === name)?.expected ?? false;
  }
}

const ALL: Judged = { steps: Number.POSITIVE_INFINITY };

/** What was answered to one of the plays, by subject. */
function toldOf(
  played: readonly (Played | undefined)[],
  at: number,
): readonly (Told | undefined)[] {
  return played.map((all) => all && { kernel: all.kernel, answers: all.answers[at] ?? [] });
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
