// SPDX-License-Identifier: MIT
import type { Scenario } from "../language/model.js";
import { compare } from "../trace/compare.js";
import type { Trace } from "../trace/trace.js";
import { reasonFor } from "./expected.js";
import type { Difference, DiffReport, DiffSubject, ModelRun } from "./types.js";

/**
 * Runs a scenario on several subjects and compares each with the first.
 *
 * A difference is expected if the models of the two releases differ in the same way at that step.
 * Between subjects of the same release, no difference is expected.
 *
 * @param model - runs a scenario on the model of a release.
 * @throws TypeError for an empty list of subjects.
 * @example
 * ```ts
 * const { differences, unexpected } = diff(scenario, [subjectA, subjectB], modelRun);
 * ```
 */
export function diff(
  scenario: Scenario,
  subjects: readonly DiffSubject[],
  model: ModelRun,
): DiffReport {
  const traces = subjects.map((subject) => subject.run(scenario));
  const [first, ...others] = subjects;
  const a = traces[0];
  if (first === undefined || a === undefined)
    throw new TypeError("diff() needs at least one subject");
  const differences = others.flatMap((other, i): Difference[] => {
    const b = traces[i + 1] as Trace;
    const pair = [first, other] as const;
    const found: Difference[] = [];
    for (const divergence of compare(a, b)) {
      const reason = reasonFor(divergence, scenario, pair, [a, b], model);
      // A difference without a rule, such as another number, follows from an earlier one.
      const rules = reason.expected && reason.rules.length === 0 ? found.at(-1)?.rules : undefined;
      found.push({ ...divergence, other: other.name, ...reason, ...(rules && { rules }) });
    }
    return found;
  });
  const places = subjects.map((subject) => subject.places?.(scenario) ?? new Map<number, string>());
  const unexpected = differences.some((one) => !one.expected);
  return { scenario, traces, places, differences, unexpected };
}
