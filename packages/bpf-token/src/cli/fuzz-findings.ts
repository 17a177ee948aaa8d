// SPDX-License-Identifier: MIT
import { formatScenario, type Scenario } from "@bpf-token/scenario";
import { type DiffSubject, diff } from "../diff/diff.js";
import { modelRuns } from "../diff/model-runs.js";
import type { SequenceFinding, SequenceFuzzer } from "../fuzz/fuzzer.js";
import { scenarioOf } from "../fuzz/scenario-of.js";
import { shrinkInput, shrinkScenario } from "../fuzz/shrink.js";

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

/** Makes a finding small, first as bytes, then as a scenario. */
export function shrinkFinding(
  { input, subject, what }: SequenceFinding,
  fuzzer: SequenceFuzzer,
  subjects: readonly DiffSubject[],
): SmallFinding {
  const small = shrinkInput(input, (some) => fuzzer.check(some)?.what === what);
  const machine = fuzzer.subjects[0]?.machine;
  const notes = machine?.notes(small) ?? [];
  const name = `${fuzzer.subjects.map((one) => one.name).join(" and ")} differ`;
  const scenario = scenarioOf(notes, name);
  const first = firstDifference(scenario, subjects);
  if (first === undefined) {
    const left = what === "leaks" ? `something is left over in ${subject}` : `${subject} differs`;
    return { input: small, scenario, shown: false, what: left };
  }
  const least = shrinkScenario(scenario, (some) => firstDifference(some, subjects) !== undefined);
  return {
    input: small,
    scenario: least,
    shown: true,
    what: firstDifference(least, subjects) ?? first,
  };
}

/** The first unexpected difference of a scenario on all subjects; undefined if there is none. */
export function firstDifference(
  scenario: Scenario,
  subjects: readonly DiffSubject[],
): string | undefined {
  const { differences } = diff(scenario, subjects, modelRuns());
  const found = differences.find(({ expected }) => !expected);
  return found && `${found.other}: ${found.message}`;
}

/** A finding as the text of a scenario file. */
export function findingText({ scenario, input, what }: SmallFinding, command: string): string {
  const base64 = btoa(String.fromCharCode(...input));
  const remarks = [`Found by: ${command}`, `Input: ${base64}`, what];
  return `${remarks.map((line) => `# ${line}`).join("\n")}\n${formatScenario(scenario)}`;
}
