// SPDX-License-Identifier: MIT
import type { FindingRecord } from "@bpf-token/fuzz";
import type { DiffReport } from "@bpf-token/scenario";
import { rowsOf } from "../../../diff/table.js";
import { printable } from "../../output.js";
import { partingLines } from "../../text/fuzz-text.js";

/** A C program, or why there is none. */
export interface FindingProgram {
  readonly text?: string;
  readonly refused?: string;
}

/** How many calls up to the difference a summary shows. */
const CALLS = 8;

/**
 * Formats a finding as Markdown, for a mail or an issue.
 *
 * @param report - the comparison of the scenario; undefined if no scenario reproduces the finding.
 * @param program - the C program of the scenario, or why there is none.
 */
export function findingSummary(
  record: FindingRecord,
  report: DiffReport | undefined,
  program: FindingProgram | undefined,
): string {
  const { message, command, parting, reproducedBy, subjects: names } = record;
  const reproduce =
    reproducedBy === "scenario"
      ? `bpf-token diff scenario.yaml --subjects ${names.join(",")}`
      : `bpf-token fuzz --replay . --subjects ${names.join(",")}`;
  const parts = [
    `# ${printable(message)}`,
    `Subjects: ${names.join(", ")}. Found by:`,
    block([command]),
    ...(report === undefined ? [] : ["## The answers", block(answerLines(report, names))]),
    ...(parting === undefined
      ? []
      : [
          "## Where the executions part",
          "The input bytes up to the first difference, in answers or beyond them:",
          block(partingLines(parting)),
        ]),
    "## Reproduce it",
    "In this folder:",
    block([reproduce]),
    ...(reproducedBy === "bytes"
      ? ["No scenario shows the difference. `sequence.yaml` only lists the calls."]
      : []),
    ...programLines(program),
  ];
  return `${parts.join("\n\n")}\n`;
}

function programLines(program: FindingProgram | undefined): readonly string[] {
  if (program?.refused !== undefined) {
    return ["There is no C program, because of this call or difference:", block([program.refused])];
  }
  if (program?.text === undefined) return [];
  return [
    "On a real kernel, as root, in namespaces of the program's own:",
    block(["cc -static -O1 repro.c && ./a.out"]),
  ];
}

/** The calls up to the first unexpected difference, with the answer of each subject. */
function answerLines(report: DiffReport, names: readonly string[]): readonly string[] {
  const rows = rowsOf(report);
  const at = rows.findIndex(({ differences }) => differences.some(({ expected }) => !expected));
  const last = at < 0 ? rows.length : at + 1;
  const width = Math.max(...names.map((name) => name.length));
  return rows.slice(Math.max(0, last - CALLS), last).flatMap(({ task, call, cells }) => [
    `${task}  ${call}`,
    ...cells.map(({ answer, by }, i) => {
      const why = by === undefined ? "" : `  ${by}`;
      return `  ${(names[i] ?? "").padEnd(width)}  ${answer}${why}`;
    }),
  ]);
}

/** An indented block, which no text in it can end. */
function block(lines: readonly string[]): string {
  return lines.map((line) => `    ${printable(line)}`).join("\n");
}
