// SPDX-License-Identifier: MIT
import type { Scenario } from "../language/model.js";
import { compare } from "../trace/compare.js";
import type { Trace } from "../trace/trace.js";
import { reasonFor } from "./expected.js";
import type { Difference, DiffReport, DiffSubject, ModelRun } from "./types.js";

/**
 * Lets subjects live through a scenario, and compares each with the first.
 *
 * Whether a difference is expected is computed: the models of the two releases must differ at that
 * step as the two subjects do. Between subjects of one release none is.
 */
export function diff(
  scenario: Scenario,
  subjects: readonly DiffSubject[],
  model: ModelRun,
): DiffReport {
  const traces = subjects.map((subject) => subject.run(scenario));
  const [first, ...others] = subjects;
  const a = traces[0];
  if (first === undefined || a === undefined) throw new TypeError("nothing to compare");
  const differences = others.flatMap((other, i): Difference[] => {
    const b = traces[i + 1] as Trace;
    const pair = [first, other] as const;
    const found: Difference[] = [];
    for (const divergence of compare(a, b)) {
      const reason = reasonFor(divergence, scenario, pair, [a, b], model);
      // What no rule is named for follows from what was otherwise before: another number, say.
      const rules = reason.expected && reason.rules.length === 0 ? found.at(-1)?.rules : undefined;
      found.push({ ...divergence, other: other.name, ...reason, ...(rules && { rules }) });
    }
    return found;
  });
  const places = subjects.map((subject) => subject.places?.(scenario) ?? new Map<number, string>());
  const unexpected = differences.some((one) => !one.expected);
  return { scenario, traces, places, differences, unexpected };
}
