// SPDX-License-Identifier: MIT
import type { Fuzzer, Shard } from "./fuzzer.js";
import { sum, type Tally } from "./tally.js";

/** What a run reached of one of the kernel's own files. */
export interface CoverageSum {
  readonly path: string;
  /** Branches, each way counted as one; and lines with code. */
  readonly branches: { readonly reached: readonly string[]; readonly all: number };
  readonly lines: { readonly reached: readonly number[]; readonly all: number };
}

/** The result of a run, or of a part of one. */
export interface FuzzReport {
  readonly subjects: readonly string[];
  readonly seed: number;
  readonly shard: Shard;
  /** The next block to run. */
  readonly block: number;
  readonly tally: Tally;
  /** Sequences that differed as the releases of the subjects do. */
  readonly expected: number;
  /** With real kernels: sequences that ended early, by the reason. */
  readonly ended?: Readonly<Record<string, number>>;
  readonly coverage: readonly CoverageSum[];
  /** Names of the files of findings. */
  readonly findings: readonly string[];
}

/** The report of several shards of one run. */
export interface MergedReport extends Omit<FuzzReport, "shard" | "block"> {
  readonly shards: number;
  /** Shards without a report, from 0. */
  readonly missing: readonly number[];
}

/** Which run a report belongs to. */
export interface RunIdentity {
  readonly subjects: readonly string[];
  readonly seed: number;
  readonly shard: Shard;
}

/**
 * The report of a run so far.
 *
 * @param before - of the run that this one continues.
 * @param findings - names of the files of this run's findings.
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

/** The run that a report belongs to, in words. */
export function runName({ subjects, seed, shard }: RunIdentity): string {
  return `${subjects.join(" : ")} seed ${seed} in ${shard.count}`;
}

/**
 * Adds up the reports of the shards of one run.
 *
 * @throws RangeError if they are not parts of one run, or there is none.
 */
export function mergeReports(reports: readonly FuzzReport[]): MergedReport {
  const [first] = reports;
  if (first === undefined) throw new RangeError("there is no report");
  const other = reports.find((one) => runName(one) !== runName(first));
  if (other !== undefined) {
    throw new RangeError(`${runName(first)} and ${runName(other)} are not parts of one run`);
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

/** What any of the reports reached. */
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
