// SPDX-License-Identifier: MIT
import type { Count, CoverageMap, FunctionMap, Span } from "@bpf-token/upstream/instrumented";

/** The counters of each function, by the function's hash. */
export type Counts = ReadonlyMap<string, readonly number[]>;

/** How often a condition was true and false. */
export interface BranchCounts extends Span {
  readonly taken: number;
  readonly notTaken: number;
}

/** The coverage of a file. */
export interface FileCoverage {
  readonly path: string;
  /** How often each line ran, by line from 1. Lines without code have no entry. */
  readonly lines: ReadonlyMap<number, number>;
  readonly branches: readonly BranchCounts[];
}

/**
 * Computes the coverage of a file from counters, which may be the sum of several runs.
 *
 * @example
 * ```ts
 * const { lines } = fileCoverage(map, countsOfKernel(kernel, module));
 * lines.get(42); // how often line 42 ran
 * ```
 */
export function fileCoverage(map: CoverageMap, counts: Counts): FileCoverage {
  const lines = new Map<number, number>();
  const branches: BranchCounts[] = [];
  for (const one of map.functions) {
    const count = countingOf(one, counts.get(one.hash) ?? []);
    for (const [line, times] of linesOf(one, count)) {
      lines.set(line, Math.max(times, lines.get(line) ?? 0));
    }
    for (const { taken, notTaken, ...span } of one.branches) {
      // A condition that the compiler evaluates is not a branch.
      if (taken.kind === "never" && notTaken.kind === "never") continue;
      branches.push({ ...span, taken: count(taken), notTaken: count(notTaken) });
    }
  }
  return {
    path: map.path,
    lines: new Map([...lines].sort(([a], [b]) => a - b)),
    branches: branches.sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

/** Returns a function that evaluates the counts of a function from its counters. */
export function countingOf(of: FunctionMap, counters: readonly number[]): (count: Count) => number {
  const value = (count: Count): number => {
    if (count.kind === "never") return 0;
    if (count.kind === "counter") return counters[count.index] ?? 0;
    const [left, right] = of.expressions[count.expression] ?? [];
    if (left === undefined || right === undefined) return 0;
    return count.kind === "sum" ? value(left) + value(right) : value(left) - value(right);
  };
  return value;
}

/**
 * Returns how often a line ran: the maximum of the innermost region that contains its start and the
 * regions that begin on the line.
 */
function linesOf(of: FunctionMap, value: (count: Count) => number): ReadonlyMap<number, number> {
  const lines = new Map<number, number>();
  const regions = [...of.code].sort(
    (a, b) => a.line - b.line || a.column - b.column || b.endLine - a.endLine,
  );
  const last = Math.max(0, ...regions.map(({ endLine }) => endLine));
  for (let line = regions[0]?.line ?? 1; line <= last; line++) {
    const around = regions.filter((region) => region.line < line && region.endLine >= line).at(-1);
    const here = regions.filter((region) => region.line === line && !region.gap);
    const known = [...here, ...(around === undefined || around.gap ? [] : [around])];
    if (known.length > 0) lines.set(line, Math.max(...known.map(({ count }) => value(count))));
  }
  return lines;
}
