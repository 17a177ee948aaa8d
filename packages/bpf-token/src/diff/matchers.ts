// SPDX-License-Identifier: MIT
import type { Scenario } from "@bpf-token/scenario";
import { type DiffSubject, diff } from "@bpf-token/scenario";
import { modelRuns } from "./model-runs.js";

/** The result of a matcher of Vitest or Jest; `message()` describes the differences. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/**
 * Matchers for `expect.extend()` of Vitest and Jest.
 *
 * @example
 * ```ts
 * expect.extend(matchers);
 * expect(scenario).toAgree(subjectOf("model", openModel), subjectOf("mine", openMine));
 * ```
 */
export const matchers = {
  /**
   * Passes if every subject answers a scenario as the first one does, or differs only as the models of
   * the two releases do.
   *
   * @throws TypeError for fewer than two subjects.
   */
  toAgree(scenario: Scenario, ...subjects: readonly DiffSubject[]): MatcherResult {
    if (subjects.length < 2) throw new TypeError("toAgree() needs at least two subjects");
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
