// SPDX-License-Identifier: MIT
import type { Fuzzer, Shard } from "./fuzzer.js";
import { sum, type Tally } from "./tally.js";

/** The coverage of one upstream file. */
export interface CoverageSum {
  readonly path: string;
  /** Branches, with each way counted separately, and lines with code. */
  readonly branches: { readonly reached: readonly string[]; readonly all: number };
  readonly lines: { readonly reached: readonly number[]; readonly all: number };
}

/** The result of a run or a shard. */
export interface FuzzReport {
  readonly subjects: readonly string[];
  readonly seed: number;
  readonly shard: Shard;
  /** The block at which a later run continues. */
  readonly block: number;
  readonly tally: Tally;
  /** The number of sequences with an expected difference. */
  readonly expected: number;
  /** With real kernels: the number of sequences that ended early, by reason. */
  readonly ended?: Readonly<Record<string, number>>;
  readonly coverage: readonly CoverageSum[];
  /** The file names of the findings. */
  readonly findings: readonly string[];
}

/** The sum of the reports of several shards. */
export interface MergedReport extends Omit<FuzzReport, "shard" | "block"> {
  readonly shards: number;
  /** The shards without a report, counted from 0. */
  readonly missing: readonly number[];
}

/** The run to which a report belongs. */
export interface RunIdentity {
  readonly subjects: readonly string[];
  readonly seed: number;
  readonly shard: Shard;
}

/**
 * Returns the report of a run so far.
 *
 * @param before - the report of the run that this one continues.
 * @param findings - the file names of this run's findings.
 * @example
 * ```ts
 * const run = { subjects: names, seed: 1, shard: { index: 0, count: 1 } };
 * folder.saveReport(reportOf(fuzzer, run, [], coverage()));
 * ```
 */
export function reportOf(
  fuzzer: Fuzzer,
  { subjects, seed, shard }: RunIdentity,
  findings: readonly string[],
  coverage: readonly CoverageSum[],
  before?: FuzzReport,
): FuzzReport {
  const ended = new Map(Object.entries(before?.ended ?? {}));
  for (const [why, n] of fuzzer.ended) ended.set(why, (ended.get(why) ?? 0) + n);
  return {
    subjects,
    seed,
    shard,
    block: fuzzer.block,
    tally: sum([fuzzer.tally, ...(before === undefined ? [] : [before.tally])]),
    expected: fuzzer.expected + (before?.expected ?? 0),
    ...(ended.size > 0 && { ended: Object.fromEntries(ended) }),
    coverage,
    findings: [...(before?.findings ?? []), ...findings],
  };
}

/** Names the run of a report in messages. */
export function runName({ subjects, seed, shard }: RunIdentity): string {
  return `${subjects.join(" : ")} seed ${seed} in ${shard.count}`;
}

/**
 * Adds up the reports of the shards of one run.
 *
 * @throws RangeError if there is no report, or if they belong to different runs.
 * @example
 * ```ts
 * const { tally, missing } = mergeReports(folder.reports());
 * ```
 */
export function mergeReports(reports: readonly FuzzReport[]): MergedReport {
  const [first] = reports;
  if (first === undefined) throw new RangeError("there is no report");
  const other = reports.find((one) => runName(one) !== runName(first));
  if (other !== undefined) {
    throw new RangeError(`${runName(first)} and ${runName(other)} are different runs`);
  }
  const ended = new Map<string, number>();
  for (const one of reports) {
    for (const [why, n] of Object.entries(one.ended ?? {}))
      ended.set(why, (ended.get(why) ?? 0) + n);
  }
  const present = new Set(reports.map(({ shard }) => shard.index));
  const all = Array.from({ length: first.shard.count }, (_, i) => i);
  return {
    subjects: first.subjects,
    seed: first.seed,
    shards: present.size,
    tally: sum(reports.map(({ tally }) => tally)),
    expected: reports.reduce((n, { expected }) => n + expected, 0),
    ...(ended.size > 0 && { ended: Object.fromEntries(ended) }),
    coverage: mergeCoverage(reports.map(({ coverage }) => coverage)),
    findings: [...new Set(reports.flatMap(({ findings }) => findings))],
    missing: all.filter((i) => !present.has(i)),
  };
}

/** Merges the coverage of the reports. */
function mergeCoverage(all: readonly (readonly CoverageSum[])[]): readonly CoverageSum[] {
  const [first = []] = all;
  return first.map(({ path, branches, lines }, i) => ({
    path,
    branches: {
      reached: [...new Set(all.flatMap((one) => one[i]?.branches.reached ?? []))].sort(),
      all: branches.all,
    },
    lines: {
      reached: [...new Set(all.flatMap((one) => one[i]?.lines.reached ?? []))].sort(
        (a, b) => a - b,
      ),
      all: lines.all,
    },
  }));
}
