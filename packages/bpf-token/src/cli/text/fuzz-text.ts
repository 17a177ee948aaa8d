// SPDX-License-Identifier: MIT

import {
  type CoverageSum,
  callFloors,
  type FuzzEvent,
  type FuzzReport,
  type MinimizedFinding,
  type Parting,
  type PartingPlace,
  type Tally,
} from "@bpf-token/fuzz";
import type { DiffSubject } from "@bpf-token/scenario";
import { sharing } from "../../diff/sharing.js";
import type { Context } from "../command.js";
import type { FuzzRequest } from "../input/fuzz-request.js";

type Progress = Extract<FuzzEvent, { kind: "progress" }>;

/** Separates thousands. */
export const grouped = (n: number): string => n.toLocaleString("en").replaceAll(",", " ");

/** Formats a progress line: counts, rates, coverage, findings and the time left. */
export function progressLine(
  tally: Tally,
  { seconds, left, findings }: Progress,
  coverage: readonly CoverageSum[],
): string {
  const rate = (n: number): string => grouped(Math.round(n / Math.max(seconds, 0.001)));
  const parts = [
    `${grouped(tally.sequences)} sequences, ${grouped(tally.steps)} steps`,
    `${rate(tally.sequences)} sequences/s, ${rate(tally.steps)} steps/s`,
    ...coverage.map(branchesOf),
    `${findings} ${findings === 1 ? "finding" : "findings"}`,
    ...(left === undefined ? [] : [`${duration(left)} left`]),
  ];
  return parts.join(", ");
}

function branchesOf({ path, branches }: CoverageSum): string {
  return `${branches.reached.length} of ${branches.all} branches of ${path.split("/").at(-1)}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 120) return `${whole} s`;
  return whole < 7200 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`;
}

/** Prints the result of a run, or of several shards. */
export function printReport(
  { line, paint }: Context,
  {
    tally,
    expected,
    ended,
    coverage,
    findings,
  }: Pick<FuzzReport, "tally" | "expected" | "ended" | "coverage" | "findings">,
): void {
  const share = (part: number): string =>
    `${((100 * part) / Math.max(1, tally.sequences)).toFixed(1)} %`;
  line(`${grouped(tally.sequences)} sequences, ${grouped(tally.steps)} steps after their setup`);
  line(
    `  ${share(tally.withToken)} created a token, ${share(tally.withUse)} used one successfully`,
  );
  line(
    `  sequences by number of processes: ${histogram(tally.byTasks.map((n, i) => [String(i), n ?? 0]))}`,
  );
  line(
    `  sequences by number of steps: ${histogram(tally.byCalls.map((n, i) => [`${callFloors[i]}+`, n]))}`,
  );
  if (tally.withLeftInode > 0) {
    line(`  TP-22: ${grouped(tally.withLeftInode)} kept the inode of a failed TOKEN_CREATE`);
  }
  for (const one of coverage) {
    const { lines } = one;
    line(`  ${branchesOf(one)}, ${lines.reached.length} of ${lines.all} lines`);
  }
  if (expected > 0) line(`  ${grouped(expected)} differed as expected between the releases`);
  for (const [why, n] of Object.entries(ended ?? {}).sort(([, a], [, b]) => b - a))
    line(`  ${grouped(n)} ended early: ${why}`);
  const found = findings.length;
  if (found > 0)
    line(paint("bad", `${found} unexpected ${found === 1 ? "difference" : "differences"}`));
  else if (tally.sequences === 0) line(paint("warn", "nothing was compared"));
  else line(paint("good", "no unexpected difference"));
}

function histogram(rows: readonly (readonly [string, number])[]): string {
  return rows
    .filter(([, n]) => n > 0)
    .map(([what, n]) => `${what}: ${grouped(n)}`)
    .join("  ");
}

/** Prints which subjects are compared, and the seed and shard of the sequences. */
export function printStart(
  { line, paint }: Context,
  { seed, shard }: FuzzRequest,
  subjects: readonly DiffSubject[],
  before: FuzzReport | undefined,
): void {
  const [first, ...others] = subjects;
  if (first === undefined) return;
  for (const other of others) {
    line(paint("strong", `${first.name} : ${other.name}`));
    line(`  ${sharing(first, other)}`);
  }
  const part = shard.count === 1 ? "" : `, shard ${shard.index + 1} of ${shard.count}`;
  const on = before === undefined ? "" : `, continued at block ${before.block}`;
  line(`seed ${seed}${part}${on}`);
}

/** Prints a finding that was saved. */
export function printFinding(
  { line, paint }: Context,
  { message, reproduces, parting }: MinimizedFinding,
  path: string,
): void {
  line(`${paint("bad", "DIFFERS")}  ${message}`);
  const [place] = parting?.places ?? [];
  if (place !== undefined) line(`  in ${placeText(place)}`);
  line(`  ${path}`);
  if (!reproduces) {
    line(`  no scenario shows it; 'bpf-token fuzz --replay ${path}' does`);
  }
}

/** Prints where the executions of two subjects part. */
export function partingLines({ subjects, step, call, differences, places }: Parting): string[] {
  const width = Math.max(...subjects.map((name) => name.length));
  return [
    `step ${step}`,
    ...call.split("\n").map((text) => `  ${text}`),
    ...differences.flatMap(({ name, a, b }) => [
      `  ${name}`,
      `    ${subjects[0].padEnd(width)}  ${a}`,
      `    ${subjects[1].padEnd(width)}  ${b}`,
    ]),
    ...(places.length === 0 ? [] : ["  the executions part in"]),
    ...places.map((place) => `    ${placeText(place)}: ${reasons[place.why]}`),
  ];
}

const reasons: Readonly<Record<PartingPlace["why"], string>> = {
  source: "its source differs, and it ran in this step",
  branches: "it took other branches in this step",
  earlier: "its source differs, and it ran in an earlier step",
  ran: "it ran in this step",
};

/** Formats a place as function, file and lines. */
export function placeText({ file, line, endLine, function: name, subject }: PartingPlace): string {
  const lines = line === endLine ? `${line}` : `${line}-${endLine}`;
  return `${name}(), ${file}:${lines} of ${subject}`;
}
