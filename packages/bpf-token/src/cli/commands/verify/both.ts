// SPDX-License-Identifier: MIT
import type { ProgramVerdict, VerdictDifference } from "../../../verify/index.js";
import type { Context } from "../../command.js";
import { columns } from "../../text/inspect-text.js";

/** The fields of `bpf-token verify --release both --json`. */
export interface BothReport {
  readonly file: string;
  /** The releases of the two kernels, the older one first. */
  readonly releases: readonly [string, string];
  readonly programs: readonly BothVerdicts[];
}

/** The verdicts on one program, in the order of the releases. */
export interface BothVerdicts {
  readonly name: string;
  readonly type: string;
  readonly verdicts: readonly [ProgramVerdict, ProgramVerdict];
  /** Null if the releases agree. */
  readonly difference: VerdictDifference | null;
}

const WIDEST_NAME = 26;
const MOST_LINES = 5;
const INDENT = "  ";

/**
 * Prints the verdicts side by side, then the details of each program that is not accepted by both.
 *
 * @param whole - whether to print the whole logs.
 */
export function printBoth({ line, paint }: Context, report: BothReport, whole: boolean): void {
  const { file, releases, programs } = report;
  line(`${paint("strong", file)} on Linux ${releases.join(" and ")}`);
  const rows = programs.map(({ name, type, verdicts, difference }) => {
    const mark = difference?.what === "verdict" ? "≠" : " ";
    return [`${mark} ${shorten(`${name} (${type})`)}`, ...verdicts.map(cell)];
  });
  for (const row of columns([["", ...releases], ...rows], 0))
    line(row.startsWith("≠") ? paint("warn", row) : row);
  for (const program of programs) {
    const isFine = program.verdicts.every(({ verdict }) => verdict === "accepted");
    if (isFine && !whole) continue;
    line();
    for (const text of detailLines(program, releases, whole)) line(text);
  }
  for (const text of leastLines(report)) line(text);
}

function shorten(name: string): string {
  return name.length <= WIDEST_NAME ? name : `${name.slice(0, WIDEST_NAME - 1)}…`;
}

function cell({ verdict, code, instructions }: ProgramVerdict): string {
  if (verdict === "refused") return code === null ? verdict : `${verdict}, ${code}`;
  return instructions === null ? verdict : `${verdict}, ${instructions} insns`;
}

function detailLines(
  { name, type, verdicts, difference }: BothVerdicts,
  releases: readonly [string, string],
  whole: boolean,
): readonly string[] {
  const heading = `${name} (${type})`;
  const lines = [difference === null ? heading : `${heading}: the ${difference.what} differs`];
  const [first, second] = verdicts;
  const isSame = difference === null && first.explanation === second.explanation;
  if (isSame && !whole) return [...lines, ...verdictLines(first, releases.join(" and "), whole)];
  verdicts.forEach((verdict, i) => {
    lines.push(...verdictLines(verdict, releases[i] ?? "", whole));
  });
  return difference === null ? lines : [...lines, ...differenceLines(difference, releases)];
}

function verdictLines(verdict: ProgramVerdict, where: string, whole: boolean): readonly string[] {
  const { reason, capabilities } = verdict;
  const lines = [`${INDENT}${where}: ${verdict.verdict}${reason === "" ? "" : `: ${reason}`}`];
  const missing = capabilities.filter(({ granted }) => !granted).map((one) => one.name);
  if (verdict.verdict === "refused" && missing.length > 0)
    lines.push(`${INDENT}  the process lacks: ${missing.join(", ")}`);
  const text = whole ? verdict.log : verdict.explanation;
  const rows = text.split("\n").filter((row) => row.trim() !== "");
  return [...lines, ...rows.map((row) => `${INDENT}  ${row.replaceAll("\t", "    ")}`)];
}

function differenceLines(
  { instruction, messages, capabilities }: VerdictDifference,
  releases: readonly [string, string],
): readonly string[] {
  const lines: string[] = [];
  if (instruction !== null) {
    lines.push(`${INDENT}the first different instruction:`);
    const shown = instruction.lines.map((text) => text ?? "the log has ended");
    const rows = releases.map((release, i) => [release, shown[i] ?? ""]);
    lines.push(...columns(rows, 4));
  }
  releases.forEach((release, i) => {
    const only = messages[i] ?? [];
    if (only.length > 0) lines.push(`${INDENT}only in the log of ${release}:`);
    lines.push(...only.slice(0, MOST_LINES).map((text) => `${INDENT}  ${text}`));
    if (only.length > MOST_LINES)
      lines.push(`${INDENT}  and ${only.length - MOST_LINES} more (--json has all)`);
    const asked = capabilities[i] ?? [];
    if (asked.length > 0) lines.push(`${INDENT}only ${release} checked: ${asked.join(", ")}`);
  });
  return lines;
}

/** The least capabilities of the whole object for each release, if they were searched. */
function leastLines({ releases, programs }: BothReport): readonly string[] {
  return releases.flatMap((release, i) => {
    const found = programs.map(({ verdicts }) => verdicts[i]?.least ?? null);
    if (found.every((least) => least === null)) return [];
    return [`least capabilities on ${release}: ${leastNames(found.flatMap((one) => one ?? []))}`];
  });
}

/** The capabilities as `--caps` takes them, each once. */
export function leastNames(found: readonly { readonly name: string }[]): string {
  const names = found.map(({ name }) => name.slice("CAP_".length).toLowerCase());
  return [...new Set(names)].sort().join(",") || "none";
}
