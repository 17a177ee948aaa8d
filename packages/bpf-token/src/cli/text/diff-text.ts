// SPDX-License-Identifier: MIT

import type { Difference, DiffReport, DiffSubject } from "@bpf-token/scenario";
import { sharing } from "../../diff/sharing.js";
import { type Row, rowsOf } from "../../diff/table.js";
import { wrap } from "../../text/wrap.js";
import type { Context } from "../command.js";
import { proseWidth } from "./paint.js";

/** A scenario's comparison, with its file. */
export interface FileReport extends DiffReport {
  readonly file: string;
  /** The folder of a finding of `fuzz` whose scenario shows no difference: only its bytes do. */
  readonly bytesIn?: string;
}

/** Whether a finding's scenario shows no difference, so that nothing is known about the finding. */
export function isUndecided({ bytesIn, differences }: FileReport): boolean {
  return bytesIn !== undefined && differences.length === 0;
}

/** Prints which subjects are compared, and which code both share. */
export function printSubjects(
  { line, paint, out }: Context,
  subjects: readonly DiffSubject[],
): void {
  const [first, ...others] = subjects;
  if (first === undefined) return;
  for (const other of others) {
    line(paint("strong", `${first.name} : ${other.name}`));
    for (const text of wrap(sharing(first, other), proseWidth(out) - 2)) line(`  ${text}`);
  }
  line();
}

/** Whether no subject ran the scenario, so that nothing was compared. */
export function isSkipped({ traces, differences }: FileReport): boolean {
  return differences.length === 0 && traces.every(({ outcome }) => outcome === "skipped");
}

/** Prints the result of one scenario. */
export function printDiff(
  context: Context,
  report: FileReport,
  subjects: readonly DiffSubject[],
): void {
  const { line, paint } = context;
  const { file, scenario, differences, unexpected, traces } = report;
  const [role, word] = unexpected
    ? (["bad", "DIFFERS "] as const)
    : isSkipped(report)
      ? (["warn", "skipped "] as const)
      : isUndecided(report)
        ? (["warn", "unknown "] as const)
        : differences.length > 0
          ? (["warn", "expected"] as const)
          : (["good", "same    "] as const);
  line(`${paint(role, word)}  ${file}  ${paint("quiet", scenario.name)}`);
  if (isSkipped(report)) line(`  ${traces[0]?.reason ?? "no reason given"}`);
  else if (isUndecided(report)) {
    line("  the calls alone do not show this finding, only its input bytes do:");
    line(`  run 'bpf-token fuzz --replay ${report.bytesIn}'`);
  }
  traces.forEach(({ outcome, reason }, i) => {
    const name = subjects[i]?.name;
    const begun = !differences.some(({ step, other }) => step === undefined && other === name);
    if (outcome !== "unknown" || !begun) return;
    line(`  ${paint("warn", "unknown")}  ${name}: ${reason ?? "no reason given"}`);
  });
  for (const difference of differences) {
    if (difference.step === undefined) printWhole(context, difference);
  }
  const verbose = context.parsed.values.verbose === true;
  const rows = rowsOf(report).filter(({ differences: own }) => own.length > 0);
  const shown = verbose ? rows : rows.filter((row) => row.differences.some((one) => !one.expected));
  for (const row of shown) printRow(context, row, subjects);
  const rules = [...new Set(differences.flatMap((one) => one.rules))];
  if (rules.length > 0) line(`  ${paint("quiet", "rules that differ:")} ${rules.join(", ")}`);
}

function printWhole({ line, paint }: Context, { message, expected }: Difference): void {
  line(`  ${paint(expected ? "warn" : "bad", message)}`);
}

function printRow(
  { line, paint }: Context,
  { step, line: at, task, call, cells, differences }: Row,
  subjects: readonly DiffSubject[],
): void {
  const place = at === undefined ? `step ${step + 1}` : `line ${at}`;
  line(`  ${paint("quiet", place)}  ${paint("who", task)}  ${call}`);
  const width = Math.max(...subjects.map(({ name }) => name.length));
  cells.forEach(({ answer, by }, i) => {
    const name = subjects[i]?.name ?? "";
    const own = differences.filter(({ other }) => other === name);
    const unexpected = own.some((one) => !one.expected);
    const role = unexpected ? "bad" : own.length > 0 ? "warn" : "strong";
    const why = by === undefined ? "" : `  ${paint("quiet", by)}`;
    line(`    ${name.padEnd(width)}  ${paint(role, answer)}${why}`);
    for (const { what, a, b } of own) {
      if (what !== "result") line(`      ${what}: ${a}  ↔  ${b}`);
    }
  });
}

/** Prints how many scenarios agree and differ. */
export function printSum({ line }: Context, reports: readonly FileReport[]): void {
  const differ = reports.filter(({ unexpected }) => unexpected).length;
  const expected = reports.filter((one) => !one.unexpected && one.differences.length > 0).length;
  const skipped = reports.filter(isSkipped).length;
  const undecided = reports.filter((one) => isUndecided(one) && !isSkipped(one)).length;
  const same = reports.length - differ - expected - skipped - undecided;
  const parts = [
    `${same} agree`,
    `${expected} differ as expected between the releases`,
    `${differ} differ unexpectedly`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(undecided > 0 ? [`${undecided} unknown`] : []),
  ];
  line();
  line(parts.join(", "));
}
