// SPDX-License-Identifier: MIT
import { type DiffSubject, diff, type ModelRun, type Scenario } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import type { CoverageMap } from "@bpf-token/upstream/instrumented";
import type { Comparison, SetupResult, Verdict } from "../engine/comparison.js";
import type { Finding, FindingKind, MinimizedFinding } from "../engine/finding.js";
import { type Parting, partingOf } from "../findings/parting.js";
import type { SequenceMachine, SequenceResult } from "../machine/machine.js";
import { minimizeInput, minimizeScenario } from "../scenario/minimize.js";
import { scenarioOf } from "../scenario/scenario-of.js";
import { Counters } from "./counters.js";
import { continueFrom, type RunResult, runWhole, type SetupState, setUp } from "./runs.js";

/** A module that generates and runs sequences by itself. */
export interface ModuleSubject {
  readonly name: string;
  readonly release: KernelRelease;
  readonly machine: SequenceMachine;
  /**
   * The model of the same release. Between subjects of different releases, a difference is expected
   * if their models differ alike.
   */
  readonly model?: SequenceMachine;
  /** The coverage maps of its upstream files; without them, findings name no source lines. */
  readonly coverage?: readonly CoverageMap[];
  /** The same kernel for scenarios; without it, findings are minimised as bytes. */
  readonly scenarios?: DiffSubject;
}

/**
 * Compares modules by fingerprints of their answers, tens of thousands of sequences per second.
 *
 * @example
 * ```ts
 * const [a, b] = modules.map((module) => new SequenceMachine(module, { release }));
 * const comparison = new ModuleComparison([
 *   { name: "model", release, machine: a },
 *   { name: "upstream:mine", release, machine: b },
 * ]);
 * ```
 */
export class ModuleComparison implements Comparison {
  readonly subjects: readonly ModuleSubject[];
  readonly blockSize = 128;
  readonly batchSize = 1;
  readonly #modelRun: ModelRun | undefined;
  readonly #counters: readonly Counters[];
  readonly #reported = new Set<string>();
  #setups: readonly SetupState[] = [];

  /** @param modelRun - runs the models of releases, if the subjects have different releases. */
  constructor(subjects: readonly ModuleSubject[], modelRun?: ModelRun) {
    this.subjects = subjects;
    this.#modelRun = modelRun;
    this.#counters = subjects.map(({ machine }) => new Counters(machine));
  }

  /** Returns the counters of a subject's upstream files, summed over all sequences. */
  totals(subject: number): Float64Array {
    return this.#counters[subject]?.totals ?? new Float64Array();
  }

  setUp(prefix: Uint8Array): SetupResult {
    this.#setups = this.subjects.map(({ machine }) => setUp(machine, prefix));
    const crashes = this.#setups.map(({ crash }) => crash);
    if (crashes.some((crash) => crash !== undefined)) {
      return { read: 0, crashed: true, ...this.#crashFinding(crashes, prefix) };
    }
    return { read: Math.min(...this.#setups.map(({ read }) => read)) };
  }

  run(inputs: readonly Uint8Array[]): readonly Verdict[] {
    return inputs.map((input) => {
      const results = this.subjects.map(({ machine }, at) => {
        machine.restore((this.#setups[at] as SetupState).image);
        return continueFrom(machine, input);
      });
      // Update the counters of all subjects, even after the first has reached new code.
      const reachedNew = this.#counters.map((counters) => counters.add()).includes(true);
      return {
        input,
        result: results[0] as SequenceResult,
        reachedNew,
        ...this.#compareResults(results, input),
      };
    });
  }

  finish(): readonly Verdict[] {
    return [];
  }

  minimize(finding: Finding): MinimizedFinding {
    const { input, kind, message, subject } = finding;
    const name = `${this.subjects.map((one) => one.name).join(" and ")} differ`;
    const written = (bytes: Uint8Array): Scenario =>
      scenarioOf(this.subjects[0]?.machine.notes(bytes) ?? [], name);
    const whole = written(input);
    const first = this.#firstDifference(whole);
    if (first !== undefined) {
      const least = minimizeScenario(whole, (some) => this.#firstDifference(some) !== undefined);
      const reduced = this.#firstDifference(least) ?? first;
      const about = { kind, subject, ...this.#parting(finding, input) };
      return { ...about, input, scenario: least, reproduces: true, message: reduced };
    }
    // These kinds are reported only once, so a shorter input would seem to have no finding.
    const kept = kind === "differs directly" || kind === "crashes";
    const small = kept ? input : minimizeInput(input, (some) => this.#kindOf(some) === kind);
    const about = { kind, subject, ...this.#parting(finding, small) };
    return { ...about, input: small, scenario: written(small), reproduces: false, message };
  }

  /** Between different releases, the first difference may be an expected one. */
  #parting({ subject }: Finding, input: Uint8Array): { readonly parting?: Parting } {
    const [first, second] = this.subjects;
    const other = this.subjects.find(({ name }, i) => i > 0 && name === subject) ?? second;
    if (first === undefined || other === undefined || first.release !== other.release) return {};
    const parting = partingOf(first, other, input);
    return parting === undefined ? {} : { parting };
  }

  /** Returns the first unexpected difference of a scenario on all subjects; undefined if there is none. */
  #firstDifference(scenario: Scenario): string | undefined {
    const subjects = this.subjects.flatMap(({ scenarios }) => scenarios ?? []);
    if (subjects.length < this.subjects.length || this.#modelRun === undefined) return undefined;
    const { differences } = diff(scenario, subjects, this.#modelRun);
    const found = differences.find(({ expected }) => !expected);
    return found && `${found.other}: ${found.message}`;
  }

  #kindOf(input: Uint8Array): FindingKind | undefined {
    const results = this.subjects.map(({ machine }) => runWhole(machine, input));
    return this.#compareResults(results, input).finding?.kind;
  }

  #compareResults(
    results: readonly RunResult[],
    input: Uint8Array,
  ): Pick<Verdict, "expected" | "crashed" | "finding"> {
    const [first, ...others] = this.subjects;
    const a = results[0];
    if (first === undefined || a === undefined) return {};
    const crashes = results.map(({ crash }) => crash);
    if (crashes.some((crash) => crash !== undefined)) {
      return { crashed: true, ...this.#crashFinding(crashes, input) };
    }
    let expected = 0;
    for (const [i, other] of others.entries()) {
      const b = results[i + 1] as RunResult;
      const kind = differenceOf(a, b);
      if (kind === undefined) continue;
      if (isModel(first, a, input) && isModel(other, b, input)) {
        expected++;
        continue;
      }
      if (kind === "differs directly" && !this.#isFirst(other.name)) continue;
      const leaks = kind === "leaks" && b.leaked === 0 ? first : other;
      return { expected, finding: finding(input, leaks.name, kind) };
    }
    const leaking = results.findIndex(({ leaked }) => leaked !== 0);
    const subject = this.subjects[leaking]?.name;
    return subject === undefined
      ? { expected }
      : { expected, finding: finding(input, subject, "leaks") };
  }

  #crashFinding(
    crashes: readonly (string | undefined)[],
    input: Uint8Array,
  ): { readonly finding?: Finding } {
    for (const [i, crash] of crashes.entries()) {
      const subject = this.subjects[i]?.name ?? "";
      if (crash === undefined || !this.#isFirst(`${subject} ${crash}`)) continue;
      return { finding: finding(input, subject, "crashes", crash) };
    }
    return {};
  }

  /** Returns whether a finding has not been reported yet. */
  #isFirst(what: string): boolean {
    if (this.#reported.has(what)) return false;
    this.#reported.add(what);
    return true;
  }
}

/** Returns how two results of a sequence differ; undefined if they are the same. */
function differenceOf(a: SequenceResult, b: SequenceResult): FindingKind | undefined {
  if (a.calls !== b.calls) return "differs";
  if (a.leaked !== b.leaked) return "leaks";
  if (a.hooks !== b.hooks) return "calls hooks differently";
  if (a.leftInodes !== b.leftInodes) return "keeps inodes";
  if (a.references !== b.references) return "counts differently";
  return a.fingerprint === b.fingerprint ? undefined : "differs directly";
}

/** Returns whether a subject behaves as the model of its release. */
function isModel({ model }: ModuleSubject, result: SequenceResult, input: Uint8Array): boolean {
  return model !== undefined && differenceOf(runWhole(model, input), result) === undefined;
}

const sentences: Readonly<Record<FindingKind, (subject: string, crash: string) => string>> = {
  differs: (subject) => `${subject} answers differently`,
  "differs directly": (subject) =>
    `${subject}: functions of token.c answer differently when they are called directly, after all calls`,
  "calls hooks differently": (subject) =>
    `${subject} calls LSM hooks in another order, another number of times, or with other arguments`,
  "counts differently": (subject) =>
    `${subject}: after a call, reference counts or numbers of live objects differ`,
  "keeps inodes": (subject) =>
    `${subject} keeps another number of inodes after failed TOKEN_CREATE calls (TP-22)`,
  leaks: (subject) => `${subject}: objects remain at the end`,
  crashes: (subject, crash) => `${subject} crashes: ${crash}`,
};

function finding(input: Uint8Array, subject: string, kind: FindingKind, crash?: string): Finding {
  const message = sentences[kind](subject, crash ?? "");
  return { input: input.slice(), subject, kind, message, ...(crash !== undefined && { crash }) };
}
