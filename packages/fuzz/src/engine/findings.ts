// SPDX-License-Identifier: MIT
import {
  type DiffSubject,
  diff,
  formatScenario,
  type ModelRun,
  type Scenario,
} from "@bpf-token/scenario";
import type { LiveFuzzer } from "../kernels/live.js";
import type { LiveFinding } from "../kernels/live-types.js";
import { scenarioOf } from "../scenario/scenario-of.js";
import { shrinkInput, shrinkScenario } from "../scenario/shrink.js";
import type { FindingKind, SequenceFinding, SequenceFuzzer } from "./fuzzer.js";

/** A finding as small as it can be made. */
export interface SmallFinding {
  readonly input: Uint8Array;
  /** As a scenario: only what is needed, if the scenario shows it by itself. */
  readonly scenario: Scenario;
  /** Whether running the scenario shows the difference; else only the bytes do. */
  readonly shown: boolean;
  /** The first difference, or what was left over, in one line. */
  readonly what: string;
}

/**
 * Makes a finding small: as a scenario where one shows it, else as bytes, for what only the machines
 * can be asked.
 */
export function shrinkFinding(
  { input, subject, what, crash = "" }: SequenceFinding,
  fuzzer: SequenceFuzzer,
  subjects: readonly DiffSubject[],
  model: ModelRun,
): SmallFinding {
  const name = `${fuzzer.subjects.map((one) => one.name).join(" and ")} differ`;
  const written = (bytes: Uint8Array): Scenario =>
    scenarioOf(fuzzer.subjects[0]?.machine.notes(bytes) ?? [], name);
  const whole = written(input);
  const first = firstDifference(whole, subjects, model);
  if (first !== undefined) {
    const least = shrinkScenario(
      whole,
      (some) => firstDifference(some, subjects, model) !== undefined,
    );
    const told = firstDifference(least, subjects, model) ?? first;
    return { input, scenario: least, shown: true, what: told };
  }
  const kept = what === "differs directly" || what === "crashes";
  const small = kept ? input : shrinkInput(input, (some) => fuzzer.check(some)?.what === what);
  const told = sentences[what](subject, crash);
  return { input: small, scenario: written(small), shown: false, what: told };
}

const sentences: Readonly<Record<FindingKind, (subject: string, crash: string) => string>> = {
  differs: (subject) => `${subject} answers otherwise`,
  "differs directly": (subject) =>
    `${subject}: functions of token.c answer otherwise when they are asked directly, behind all calls`,
  leaks: (subject) => `${subject}: something is left over`,
  crashes: (subject, crash) => `${subject} crashes: ${crash}`,
};

/** The first unexpected difference of a scenario on all subjects; undefined if there is none. */
export function firstDifference(
  scenario: Scenario,
  subjects: readonly DiffSubject[],
  model: ModelRun,
): string | undefined {
  const { differences } = diff(scenario, subjects, model);
  const found = differences.find(({ expected }) => !expected);
  return found && `${found.other}: ${found.message}`;
}

/** A finding as the text of a scenario file. */
export function findingText({ scenario, input, what }: SmallFinding, command: string): string {
  const base64 = btoa(String.fromCharCode(...input));
  const remarks = [`Found by: ${command}`, `Input: ${base64}`, what];
  return `${remarks.map((line) => `# ${line}`).join("\n")}\n${formatScenario(scenario)}`;
}

/**
 * As few steps as still differ. A difference that does not come again is kept as it was, and so is one
 * that, on a guest as it comes, takes steps which seemed to be needless: they had changed the guest.
 */
export function shrunk(
  { input, scenario, what }: LiveFinding,
  fuzzer: Pick<LiveFuzzer, "check" | "renew" | "shrink">,
): SmallFinding {
  fuzzer.renew();
  if (fuzzer.check(scenario) === undefined) return { input, scenario, shown: false, what };
  const least = fuzzer.shrink(scenario);
  fuzzer.renew();
  const still = fuzzer.check(least);
  if (still === undefined) return { input, scenario, shown: true, what };
  return { input, scenario: least, shown: true, what: still };
}
