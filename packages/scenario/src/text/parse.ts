// SPDX-License-Identifier: MIT
import type { Scenario, Step } from "../language/model.js";
import { Problems, ScenarioError, type ScenarioProblem } from "../language/problems.js";
import { readHeader } from "./read-header.js";
import { readStep } from "./read-step.js";
import { Scope } from "./scope.js";
import { describe, readSource } from "./source.js";

/** The result of {@link readScenario}. */
export interface ScenarioReading {
  /** The scenario; undefined if there are problems. */
  readonly scenario: Scenario | undefined;
  /** The problems, in the order of the text; at most 50. */
  readonly problems: readonly ScenarioProblem[];
}

/**
 * Parses a scenario and returns every problem. Never throws.
 *
 * @example
 * ```ts
 * const { scenario, problems } = readScenario(text);
 * ```
 */
export function readScenario(text: string): ScenarioReading {
  const problems = new Problems();
  const scenario = read(text, problems);
  const found = problems.sorted();
  return { scenario: found.length === 0 ? scenario : undefined, problems: found };
}

/**
 * Parses a scenario.
 *
 * @param options - `file`: the name of the text in errors.
 * @throws ScenarioError with every problem of the text, at most 50.
 * @example
 * ```ts
 * const scenario = parseScenario(readFileSync("a.yaml", "utf8"), { file: "a.yaml" });
 * ```
 */
export function parseScenario(text: string, options: { readonly file?: string } = {}): Scenario {
  const { scenario, problems } = readScenario(text);
  if (scenario === undefined) throw new ScenarioError(problems, options.file);
  return scenario;
}

function read(text: string, problems: Problems): Scenario | undefined {
  const root = readSource(text, problems);
  if (root === undefined) return undefined;
  if (root.kind !== "map") {
    const hint = "a scenario is a mapping with 'name' and 'steps'";
    problems.add(root.at, `${describe(root)} is not a scenario`, hint);
    return undefined;
  }
  const { header, steps } = readHeader(root, problems);
  const declared = new Set(header.tasks.map((task) => task.name));
  const scope = new Scope(problems, declared.size === 0 ? undefined : declared);
  const first = header.tasks[0]?.name ?? "main";
  scope.tasks.add(first);
  const done: Step[] = [];
  for (const node of steps) {
    const step = readStep(node, first, { problems, scope });
    if (step !== undefined) done.push(step);
  }
  const tasks = header.tasks.length > 0 ? header.tasks : [...scope.tasks].map((name) => ({ name }));
  return { ...header, tasks, steps: done };
}
