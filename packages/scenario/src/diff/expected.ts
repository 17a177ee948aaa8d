// SPDX-License-Identifier: MIT
import { checkById, releases } from "@bpf-token/uapi";
import type { Scenario } from "../language/model.js";
import { compare, type Divergence } from "../trace/compare.js";
import type { Trace } from "../trace/trace.js";
import type { DiffSubject, ModelRun, Reason } from "./types.js";

const UNEXPECTED: Reason = { expected: false, rules: [] };

/**
 * Returns whether the releases explain a difference: the model of each release must answer the step as
 * the subject of that release does.
 */
export function reasonFor(
  { step }: Divergence,
  scenario: Scenario,
  [first, other]: readonly [DiffSubject, DiffSubject],
  [a, b]: readonly [Trace, Trace],
  model: ModelRun,
): Reason {
  if (first.release === other.release) return UNEXPECTED;
  const ofA = model(scenario, first.release);
  const ofB = model(scenario, other.release);
  const differs = (x: Trace, y: Trace): boolean =>
    compare(x, y).some((divergence) => divergence.step === step);
  if (!differs(ofA, ofB) || differs(a, ofA) || differs(b, ofB)) return UNEXPECTED;
  const changed = new Set(releases(first.release, other.release).map(({ rule }) => rule));
  const asked = rulesOfStep(step, ofA, ofB);
  const found = asked.filter((rule) => changed.has(rule));
  if (found.length > 0) return { expected: true, rules: found };
  const named = scenario.rules.filter((rule) => changed.has(rule));
  return { expected: true, rules: named.length > 0 ? named : asked };
}

/** The rules of the checks that decided a step on only one of the two models. */
function rulesOfStep(step: number | undefined, ...traces: readonly [Trace, Trace]): string[] {
  const [a, b] = traces.map(({ events }) => {
    const own = events.filter((event) => event.step === step);
    return new Set(
      own.flatMap(({ decisions, refusal }) => [
        ...(decisions ?? []).map(({ check }) => check),
        ...(refusal === undefined ? [] : [refusal.check]),
      ]),
    );
  }) as [Set<string>, Set<string>];
  const either = [...a, ...b].filter((check) => !(a.has(check) && b.has(check)));
  const rules = either.flatMap((id) => checkById(id)?.rules ?? []);
  return [...new Set(rules)];
}
