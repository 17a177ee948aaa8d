// SPDX-License-Identifier: MIT
// The conformance suite on the compiled source, compared with the model of the same release.
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, type Scenario } from "@bpf-token/scenario";
import type { UpstreamModule } from "@bpf-token/upstream";
import { diff, modelRuns, rowsOf, subjectOf } from "bpf-token/diff";
import { suite } from "./suite.js";

/** A call of a scenario, and the answers of both. */
export interface ComparedRow {
  readonly step: number;
  readonly task: string;
  readonly call: string;
  readonly model: string;
  readonly upstream: string;
  /** The differences of the step, in one sentence each. */
  readonly differences: readonly string[];
}

/** A scenario on which both differ. */
export interface DifferingScenario {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  /** The calls up to the first difference, and that one. */
  readonly rows: readonly ComparedRow[];
}

/** The result of the suite. */
export interface SuiteResult {
  readonly run: number;
  readonly differing: readonly DifferingScenario[];
}

/** Returns the calls of a scenario up to the first on which the model and the source differ. */
export function firstDifference(
  scenario: Scenario,
  { module, origin }: UpstreamModule,
): readonly ComparedRow[] | undefined {
  const { release } = origin;
  const own = origin.files.map(({ path }) => path);
  const report = diff(
    scenario,
    [
      subjectOf("model", () => createKernel({ release })),
      subjectOf("source", () => createKernel({ module }), own),
    ],
    modelRuns(),
  );
  if (!report.unexpected) return undefined;
  const rows = rowsOf(report);
  const end = rows.findIndex(({ differences }) => differences.length > 0);
  return rows.slice(0, end < 0 ? rows.length : end + 1).map((row) => ({
    step: row.step,
    task: row.task,
    call: row.call,
    model: row.cells[0]?.answer ?? "–",
    upstream: row.cells[1]?.answer ?? "–",
    differences: row.differences.map(({ message }) => message),
  }));
}

/** Runs the whole suite. */
export function compareSuite(
  built: UpstreamModule,
  onProgress: (done: number, total: number) => void,
): SuiteResult {
  const differing: DifferingScenario[] = [];
  for (const [i, { file, text }] of suite.entries()) {
    const scenario = parseScenario(text, { file });
    const rows = firstDifference(scenario, built);
    if (rows !== undefined) differing.push({ file, name: scenario.name, text, rows });
    onProgress(i + 1, suite.length);
  }
  return { run: suite.length, differing };
}
