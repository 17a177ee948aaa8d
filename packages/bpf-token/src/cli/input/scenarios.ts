// SPDX-License-Identifier: MIT
import { formatProblem, parseScenario, type Scenario, ScenarioError } from "@bpf-token/scenario";
import { UsageError } from "../usage.js";
import { readInputFile } from "./files.js";

/** A scenario and the file that it came from. */
export interface ReadScenario {
  readonly file: string;
  readonly scenario: Scenario;
}

/**
 * Reads scenario files.
 *
 * @throws UsageError with every problem of every file.
 */
export async function readScenarios(files: readonly string[]): Promise<readonly ReadScenario[]> {
  const problems: string[] = [];
  const scenarios: ReadScenario[] = [];
  for (const file of files) {
    try {
      const text = (await readInputFile(file)).toString("utf8");
      scenarios.push({ file, scenario: parseScenario(text, { file }) });
    } catch (e) {
      if (!(e instanceof ScenarioError)) throw e;
      problems.push(
        ...listed(
          e.all.map((problem) => formatProblem(problem, file)),
          file,
        ),
      );
    }
  }
  const [first, ...more] = problems;
  if (first !== undefined) throw new UsageError(first, "", more);
  return scenarios;
}

/** Limits the list, because one syntax error causes many more. */
function listed(problems: readonly string[], file: string): readonly string[] {
  const most = 10;
  if (problems.length <= most) return problems;
  return [...problems.slice(0, most), `${file}: and ${problems.length - most} more problems`];
}
