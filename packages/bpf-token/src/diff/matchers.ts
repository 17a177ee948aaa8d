// SPDX-License-Identifier: MIT
import type { Scenario } from "@bpf-token/scenario";
import { type DiffSubject, diff } from "@bpf-token/scenario";
import { modelRuns } from "./model-runs.js";

/** What a matcher of Vitest or Jest answers. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/**
 * Matchers for `expect.extend()` of Vitest and Jest:
 * `expect(scenario).toAgree(subjectOf("model", …), subjectOf("mine", …))`.
 */
export const matchers = {
  /**
   * All subjects answer a scenario as the first does, or differ as the models of their releases do.
   *
   * @throws TypeError with fewer than two subjects.
   */
  toAgree(scenario: Scenario, ...subjects: readonly DiffSubject[]): MatcherResult {
    if (subjects.length < 2) throw new TypeError("toAgree() compares two subjects or more");
    const { differences, unexpected } = diff(scenario, subjects, modelRuns());
    const names = subjects.map(({ name }) => name).join(", ");
    const lines = differences
      .filter(({ expected }) => !expected)
      .map(({ other, message }) => `\n  ${other}: ${message}`);
    return {
      pass: !unexpected,
      message: () =>
        unexpected
          ? `'${scenario.name}': ${names} do not agree:${lines.join("")}`
          : `'${scenario.name}': ${names} agree`,
    };
  },
} as const;
