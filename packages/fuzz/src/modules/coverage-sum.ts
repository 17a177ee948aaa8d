// SPDX-License-Identifier: MIT
import type { CoverageMap } from "@bpf-token/upstream/instrumented";
import type { CoverageSum } from "../engine/report.js";
import { fileCoverage } from "../machine/coverage.js";
import type { SequenceMachine } from "../machine/machine.js";

/**
 * Returns the coverage of a subject's upstream files.
 *
 * @example
 * ```ts
 * const [file] = coverageSums(machine, coverage, comparison.totals(0));
 * console.log(`${file?.lines.reached.length} of ${file?.lines.all} lines`);
 * ```
 */
export function coverageSums(
  machine: SequenceMachine,
  maps: readonly CoverageMap[],
  totals: ArrayLike<number>,
): readonly CoverageSum[] {
  const counts = machine.countsOf(totals);
  return maps.map((map) => {
    const { path, lines, branches } = fileCoverage(map, counts);
    const ways = branches.flatMap(({ line, column, taken, notTaken }) => [
      [`${line}:${column}+`, taken] as const,
      [`${line}:${column}-`, notTaken] as const,
    ]);
    const reached = ways.flatMap(([way, times]) => (times > 0 ? [way] : []));
    const run = [...lines].flatMap(([line, times]) => (times > 0 ? [line] : []));
    return {
      path,
      branches: { reached, all: ways.length },
      lines: { reached: run, all: lines.size },
    };
  });
}
