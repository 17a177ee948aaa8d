// SPDX-License-Identifier: MIT
import {
  compare,
  type Divergence,
  diff,
  type ModelRun,
  type Scenario,
  type Trace,
} from "@bpf-token/scenario";
import { callDifference, type KnownDifferences } from "@bpf-token/scenario/known";
import type { KernelSubject } from "./subject.js";

/** Options of a comparison of real kernels. */
export interface KernelComparisonOptions {
  /** Returns the known differences of a kernel, which end a sequence without a finding. */
  known(kernel: Pick<Trace, "backend" | "release">): Pick<KnownDifferences, "find">;
  /** Runs the models of releases, which decide whether a difference is expected. */
  readonly modelRun: ModelRun;
}

/** The extent of a comparison of a sequence, and the first unexpected difference. */
export interface Agreement {
  readonly steps: number;
  /** The number of subjects that differ as the models of their releases do. */
  readonly expected: number;
  /** Why the comparison ended before the last step, without a finding. */
  readonly ended: readonly string[];
  readonly differs?: { readonly subject: string; readonly message: string };
}

/** The agreement of a sequence without differences. */
export const fullAgreement: Agreement = {
  steps: Number.POSITIVE_INFINITY,
  expected: 0,
  ended: [],
};

/** Compares the traces of a scenario with that of the first subject. */
export function agreementOf(
  scenario: Scenario,
  traces: readonly Trace[],
  subjects: readonly KernelSubject[],
  options: KernelComparisonOptions,
): Agreement {
  let steps = scenario.steps.length;
  let expected = 0;
  const ended: string[] = [];
  for (const [i, other] of subjects.entries()) {
    if (i === 0) continue;
    const pair = [traces[0] as Trace, traces[i] as Trace] as const;
    const [first] = compare(...pair);
    if (first === undefined) continue;
    steps = Math.min(steps, first.step ?? 0);
    const why = reasonOf(first, pair, options);
    if (why !== undefined) ended.push(why);
    else if (isExpected(scenario, other.name, subjects, options.modelRun)) expected++;
    else {
      const message = `${other.name}: ${first.message}`;
      return { steps, expected, ended, differs: { subject: other.name, message } };
    }
  }
  return { steps, expected, ended };
}

function reasonOf(
  first: Divergence,
  traces: readonly [Trace, Trace],
  options: KernelComparisonOptions,
): string | undefined {
  if (first.what === "outcome") {
    for (const { events } of traces) {
      const event = events.find(
        ({ step, outcome }) =>
          step === first.step && (outcome === "kept-away" || outcome === "not-modelled"),
      );
      if (event !== undefined) return event.reason ?? event.outcome;
    }
  }
  const difference = callDifference(first, ...traces);
  return difference && options.known(traces[1]).find(difference)?.why;
}

/** Returns whether the models of the releases differ in the same way. */
function isExpected(
  scenario: Scenario,
  name: string,
  subjects: readonly KernelSubject[],
  modelRun: ModelRun,
): boolean {
  if (new Set(subjects.map(({ release }) => release)).size < 2) return false;
  const { differences } = diff(scenario, subjects, modelRun);
  return differences.find(({ other }) => other === name)?.expected ?? false;
}
