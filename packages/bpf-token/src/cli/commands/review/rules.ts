// SPDX-License-Identifier: MIT
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DiffReport, diff } from "@bpf-token/scenario";
import { checkTable } from "@bpf-token/uapi";
import { modelRuns } from "../../../diff/model-runs.js";
import type { Context } from "../../command.js";
import { readScenarios } from "../../input/scenarios.js";
import { UsageError } from "../../usage.js";
import type { BuiltPatch } from "./build.js";
import { openBoth } from "./open-both.js";

/** The scenarios of the rules that a patch touches. */
export interface RuleRun {
  /** The rules, by function. A function without an entry has no check of the model. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  /** The number of scenarios in the suite; undefined without a suite. */
  readonly suite: number | undefined;
  /** The number of scenarios that ran. */
  readonly run: number;
  readonly differing: readonly DifferingScenario[];
}

/** A scenario that answers otherwise after the patch. */
export interface DifferingScenario {
  readonly file: string;
  readonly rules: readonly string[];
  readonly report: DiffReport;
}

/** Runs the scenarios of the rules of the changed functions. If one has no rule, all scenarios run. */
export async function runRules(context: Context, built: BuiltPatch): Promise<RuleRun> {
  const rules: Record<string, readonly string[]> = {};
  for (const { name } of built.functions) {
    const own = checkTable().filter(({ func }) => func === name);
    if (own.length > 0) rules[name] = [...new Set(own.flatMap((check) => check.rules))];
  }
  const files = suiteFiles(context.parsed.values.suite);
  if (files === undefined) return { rules, suite: undefined, run: 0, differing: [] };
  const everything =
    built.outside.length > 0 || built.functions.some(({ name }) => rules[name] === undefined);
  const wanted = new Set(Object.values(rules).flat());
  const chosen = (await readScenarios(files)).filter(
    ({ scenario }) => everything || scenario.rules.some((rule) => wanted.has(rule)),
  );
  const { subjects, close } = await openBoth(context, built);
  try {
    const model = modelRuns();
    const differing = chosen.flatMap(({ file, scenario }) => {
      const report = diff(scenario, subjects, model);
      return report.unexpected ? [{ file, rules: scenario.rules, report }] : [];
    });
    return { rules, suite: files.length, run: chosen.length, differing };
  } finally {
    close();
  }
}

/** The scenarios of `--suite`, or of the checkout in which this program is. */
function suiteFiles(given: unknown): readonly string[] | undefined {
  const folder = given === undefined ? ownSuite(fileURLToPath(import.meta.url)) : String(given);
  if (folder === undefined) return undefined;
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`review: cannot read the suite '${folder}': ${code}`, "");
  }
}

/** The suite of a checkout; an installed package has none. */
function ownSuite(inside: string): string | undefined {
  const parent = dirname(inside);
  if (parent === inside) return undefined;
  const folder = join(parent, "conformance/scenarios");
  return existsSync(folder) ? folder : ownSuite(parent);
}
