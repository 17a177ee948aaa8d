// SPDX-License-Identifier: MIT
import { run, type Scenario, type Step, type Trace } from "@bpf-token/scenario";
import type { StepAnswer } from "@bpf-token/syscall";
import type { Comparison, SetupResult, Verdict } from "../engine/comparison.js";
import type { Finding, MinimizedFinding } from "../engine/finding.js";
import type { SequenceMachine, SequenceResult } from "../machine/machine.js";
import type { SequenceNote } from "../machine/notes.js";
import { minimizeScenario } from "../scenario/minimize.js";
import { scenarioOf } from "../scenario/scenario-of.js";
import {
  type Agreement,
  agreementOf,
  fullAgreement,
  type KernelComparisonOptions,
} from "./agreement.js";
import { callSequenceOf, type ExpectedSequence, isAlike } from "./call-sequence.js";
import { type KernelIdentity, RecordedKernel } from "./recorded-kernel.js";
import type { BatchAnswers, KernelSubject } from "./subject.js";

/** A generated sequence. */
interface Generated {
  readonly input: Uint8Array;
  readonly notes: readonly SequenceNote[];
  readonly result: SequenceResult;
  readonly sequence: ExpectedSequence;
  /** The traces, if the answers of a subject differ from the machine's. */
  readonly traced?: Traced;
}

/** A sequence as a scenario. */
interface Traced {
  readonly scenario: Scenario;
  /** The traces by subject; undefined for a subject that did not run it in a batch. */
  readonly traces: readonly (Trace | undefined)[];
}

/** The answers of one kernel to one sequence. */
interface SequenceAnswers {
  readonly kernel: KernelIdentity;
  readonly answers: readonly StepAnswer[];
}

/**
 * Compares kernels that cannot generate sequences. A machine generates each sequence, and every subject
 * replays it. The comparison of a sequence ends at the first step that is unmodelled, refused by the safety
 * rules, or known to differ, because the subjects are in different states after it.
 *
 * @example
 * ```ts
 * const machine = new SequenceMachine(module, { release: "6.18", confined: true });
 * const comparison = new KernelComparison(machine, [model, native], { known, modelRun });
 * const finding = new Fuzzer(comparison).runBlock();
 * ```
 */
export class KernelComparison implements Comparison {
  readonly subjects: readonly KernelSubject[];
  readonly blockSize = 64;
  readonly batchSize = 16;
  /** Sequences are long, because on a real kernel the setup takes more time than the steps. */
  readonly stepBytes = 480;
  readonly #machine: SequenceMachine;
  readonly #options: KernelComparisonOptions;
  readonly #sandbox: readonly Step[];
  /** Compares the sequences that the subjects ran last. */
  #pending: (() => readonly Generated[]) | undefined;

  /** @param machine - a confined machine of the first subject's release. */
  constructor(
    machine: SequenceMachine,
    subjects: readonly KernelSubject[],
    options: KernelComparisonOptions,
  ) {
    this.#machine = machine;
    this.subjects = subjects;
    this.#options = options;
    this.#sandbox = scenarioOf(machine.sandboxNotes, "sandbox root").steps;
  }

  setUp(prefix: Uint8Array): SetupResult {
    this.#pending = undefined;
    this.#machine.restore(this.#machine.booted);
    return { read: this.#machine.runSetup(prefix) };
  }

  /**
   * Returns the verdicts of the previous inputs. It compares them while the real kernels run the given
   * inputs.
   */
  *run(inputs: readonly Uint8Array[]): Iterable<Verdict> {
    const generated = inputs.map((input) => this.#generate(input));
    const collect = this.#start(generated);
    // A kernel accepts no other request until it has answered.
    const earlier = this.#pending?.() ?? [];
    const batches = collect();
    this.#pending = () => generated.map((one, at) => this.#trace(one, answersAt(batches, at)));
    yield* this.#verdicts(earlier);
  }

  finish(): Iterable<Verdict> {
    const last = this.#pending?.() ?? [];
    this.#pending = undefined;
    return this.#verdicts(last);
  }

  /**
   * Removes the steps that the difference does not need. Returns the original scenario if the difference
   * does not occur again, or if a fresh guest also needs removed steps, which had changed the old guest.
   */
  minimize(finding: Finding): MinimizedFinding {
    const { input, kind, subject, scenario = this.#scenario([]), message } = finding;
    const whole = { input, kind, subject, scenario, message };
    this.#renew();
    if (this.check(scenario) === undefined) return { ...whole, reproduces: false };
    const least = this.minimizeScenario(scenario);
    this.#renew();
    const still = this.check(least);
    if (still === undefined) return { ...whole, reproduces: true };
    return { ...whole, scenario: least, reproduces: true, message: still };
  }

  /** Removes steps while the rest differs. Keeps the setup of the sandbox root, which the steps need. */
  minimizeScenario(scenario: Scenario): Scenario {
    const sandbox = this.#sandbox;
    const differs = (some: Scenario): boolean =>
      this.check({ ...some, steps: [...sandbox, ...some.steps] }) !== undefined;
    const steps = scenario.steps.slice(sandbox.length);
    const least = minimizeScenario({ ...scenario, steps }, differs);
    return { ...least, steps: [...sandbox, ...least.steps] };
  }

  /** Returns the first unexpected difference of a scenario; undefined if there is none. */
  check(scenario: Scenario): string | undefined {
    const bare = withoutExpectations(scenario);
    return this.#agreement(bare, this.#runAll(bare)).differs?.message;
  }

  #generate(input: Uint8Array): Generated {
    const { notes: all, result } = this.#machine.record(input);
    const notes = modelled(all);
    const sequence = callSequenceOf([...this.#machine.sandboxNotes, ...notes]);
    return { input, notes, result, sequence };
  }

  /** Starts the sequences on all subjects that run batches; returns the answers by subject. */
  #start(generated: readonly Generated[]): () => readonly (BatchAnswers | undefined)[] {
    const sequences = generated.map(({ sequence }) => sequence.steps);
    const collects = this.subjects.map((subject) => subject.runSequences?.(sequences));
    return () => collects.map((collect) => collect?.());
  }

  /** Compares the answers with those of the machine. Creates traces where they differ. */
  #trace(one: Generated, answers: readonly (SequenceAnswers | undefined)[]): Generated {
    const { sequence, notes } = one;
    const alike = this.subjects.every(({ own, release }, i) => {
      const batch = answers[i];
      if (batch !== undefined) return isAlike(sequence, batch.answers);
      // The machine is the model of the first subject's release.
      return own === "model" && release === this.subjects[0]?.release;
    });
    if (alike) return one;
    const scenario = this.#scenario(notes);
    const bare = withoutExpectations(scenario);
    const traces = this.subjects.map((subject, i) => {
      const batch = answers[i];
      if (batch !== undefined) {
        return run(new RecordedKernel(batch.kernel, sequence.steps, batch.answers), bare);
      }
      return subject.own === "kernel" ? undefined : subject.run(bare);
    });
    return { ...one, traced: { scenario, traces } };
  }

  *#verdicts(generated: readonly Generated[]): Iterable<Verdict> {
    for (const { input, result, sequence, traced } of generated) {
      const agreement = traced === undefined ? fullAgreement : this.#confirmed(traced);
      const { steps, expected, ended, differs } = agreement;
      // Do not count the setup and the entry to the sandbox root.
      const calls = sequence.steps.slice(0, steps).filter(({ op }) => op === "call").length;
      const stepCalls = Math.max(0, calls - result.setupCalls);
      const verdict = { input, result: { ...result, stepCalls }, expected, ended };
      if (traced === undefined || differs === undefined) yield verdict;
      else {
        const { scenario } = traced;
        yield { ...verdict, finding: { input, kind: "differs", scenario, ...differs } };
      }
    }
  }

  /** A difference in answers to a batch must occur again when the scenario runs alone. */
  #confirmed({ scenario, traces }: Traced): Agreement {
    const bare = withoutExpectations(scenario);
    const all = traces.map((trace, i) => trace ?? (this.subjects[i] as KernelSubject).run(bare));
    const once = this.#agreement(bare, all);
    if (once.differs === undefined) return once;
    this.#renew();
    const again = this.#agreement(bare, this.#runAll(bare));
    const { expected, ended } = once;
    if (again.differs !== undefined) return { ...again, expected, ended };
    const why = `differed once and not again: ${once.differs.message}`;
    return { ...again, expected, ended: [...ended, why] };
  }

  #scenario(notes: readonly SequenceNote[]): Scenario {
    const names = this.subjects.map(({ name }) => name).join(" and ");
    const made = scenarioOf(notes, `${names} differ`);
    return { ...made, steps: [...this.#sandbox, ...made.steps] };
  }

  #runAll(scenario: Scenario): readonly Trace[] {
    return this.subjects.map((subject) => subject.run(scenario));
  }

  #agreement(scenario: Scenario, traces: readonly Trace[]): Agreement {
    return agreementOf(scenario, traces, this.subjects, this.#options);
  }

  #renew(): void {
    for (const { renew } of this.subjects) renew?.();
  }
}

/** The answers to one sequence, by subject. */
function answersAt(
  batches: readonly (BatchAnswers | undefined)[],
  at: number,
): readonly (SequenceAnswers | undefined)[] {
  return batches.map((all) => all && { kernel: all.kernel, answers: all.answers[at] ?? [] });
}

/** The notes up to the first call that is not modelled. */
function modelled(notes: readonly SequenceNote[]): readonly SequenceNote[] {
  const at = notes.findIndex(({ kind }) => kind === "not-modelled");
  return at < 0 ? notes : notes.slice(0, Math.max(0, at - 2));
}

/** Removes the expectations, because answers are compared only with each other. */
function withoutExpectations(scenario: Scenario): Scenario {
  const steps = scenario.steps.map((step): Step => {
    const { by, call, args } = step;
    return step.expect === undefined ? step : { by, call, args };
  });
  return { ...scenario, steps };
}
