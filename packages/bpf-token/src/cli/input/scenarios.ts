// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";
import { formatProblem, parseScenario, type Scenario, ScenarioError } from "@bpf-token/scenario";
import { UsageError } from "../usage.js";

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
      scenarios.push({ file, scenario: parseScenario(await readText(file), { file }) });
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
  if (problems.length > 0) throw new UsageError(problems.join("\nbpf-token: "), "");
  return scenarios;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? String(e);
    throw new UsageError(`cannot read '${file}': ${cannotRead[code] ?? code}`, "");
  }
}

const cannotRead: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory; name the files in it, e.g. scenarios/*.yaml",
  EACCES: "reading it is not permitted",
};

/** One mistake of syntax brings many more with it: enough is enough. */
function listed(problems: readonly string[], file: string): readonly string[] {
  const most = 10;
  if (problems.length <= most) return problems;
  return [...problems.slice(0, most), `${file}: and ${problems.length - most} problems more`];
}
