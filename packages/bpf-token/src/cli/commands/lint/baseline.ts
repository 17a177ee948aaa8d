// SPDX-License-Identifier: MIT
import type { LintResult } from "../../../lint/index.js";
import { readInputFile, writeOutputFile } from "../../input/files.js";
import { UsageError } from "../../usage.js";
import { parseJson } from "./config.js";

const SCHEMA = "bpf-token/lint-baseline@1";

/** A known finding. The text of its line stands for its place, which changes often. */
interface Known {
  readonly path: string;
  readonly id: string;
  readonly source: string;
}

/** A line of 1 MiB may have a thousand findings. */
const SOURCE_MOST = 1000;

const known = ({ path, finding, source }: LintResult): Known => ({
  ...{ path, id: finding.id, source: source.trim().slice(0, SOURCE_MOST) },
});
const isKnown = (one: unknown): one is Known =>
  typeof one === "object" && one !== null && "path" in one && "id" in one && "source" in one;
const key = ({ path, id, source }: Known): string => JSON.stringify([path, id, source]);

/** Writes the findings of today, which a later run skips. */
export async function writeBaseline(file: string, results: readonly LintResult[]): Promise<void> {
  const json = { schema: SCHEMA, findings: results.map(known) };
  await writeOutputFile(file, `${JSON.stringify(json, null, 2)}\n`);
}

/**
 * Skips the findings of a baseline, each as often as it has it.
 *
 * @throws UsageError if the file is no baseline.
 */
export async function withoutBaseline(
  file: string,
  results: readonly LintResult[],
): Promise<readonly LintResult[]> {
  const json = parseJson(file, (await readInputFile(file)).toString());
  const { schema, findings } = (json ?? {}) as { schema?: unknown; findings?: unknown };
  if (schema !== SCHEMA || !Array.isArray(findings) || !findings.every(isKnown)) {
    throw new UsageError(`lint: ${file}: is no baseline; write one with --write-baseline`, "");
  }
  const counts = new Map<string, number>();
  for (const one of findings) counts.set(key(one), (counts.get(key(one)) ?? 0) + 1);
  return results.filter((result) => {
    const left = counts.get(key(known(result))) ?? 0;
    counts.set(key(known(result)), left - 1);
    return left <= 0;
  });
}
