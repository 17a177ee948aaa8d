// SPDX-License-Identifier: MIT
import type { Lines } from "@bpf-token/upstream/instrumented";
import { rowsOf } from "../../../diff/table.js";
import { printable } from "../../output.js";
import { grouped, placeText } from "../../text/fuzz-text.js";
import { code } from "../../text/markdown.js";
import type { BuiltPatch } from "./build.js";
import type { DifferingScenario, RuleRun } from "./rules.js";
import type { SequenceRun } from "./sequences.js";

/** What a report is about. */
export interface Review {
  readonly built: BuiltPatch;
  readonly rules: RuleRun;
  readonly sequences: readonly SequenceRun[];
}

/** How many scenarios a report shows call by call. */
const SCENARIOS = 10;

/** Formats a review as Markdown, for a mail. */
export function reviewText({ built, rules, sequences }: Review): string {
  const parts = [
    `# Review of ${code(built.patch)}`,
    `Base: ${code(built.base)}, compiled with bpf-token's model as Linux ${built.release}. Only token.c and inode.c are the kernel's own.`,
    ...untested(built),
    "## Functions",
    ...functionLines(built, rules),
    "## Scenarios of these rules",
    ...scenarioLines(rules),
    "## Random sequences",
    ...sequences.flatMap(sequenceLines),
  ];
  return `${parts.join("\n\n")}\n`;
}

function untested({ untested: files }: BuiltPatch): readonly string[] {
  if (files.length === 0) return [];
  const names = files.map(({ path, binary }) => `${code(path)}${binary ? " (binary)" : ""}`);
  return [`Not under test, because the model stands in their place: ${names.join(", ")}.`];
}

function functionLines(built: BuiltPatch, { rules }: RuleRun): readonly string[] {
  const { functions, outside } = built;
  const rows = functions.map(({ file, name, before, after }) => {
    const own = rules[name]?.join(", ") ?? "no check of the model";
    return `| ${name}() | ${file} | ${lineText(before)} | ${lineText(after)} | ${own} |`;
  });
  const table = [
    "| function | file | lines before | lines after | rules |",
    "|---|---|---|---|---|",
    ...rows,
  ];
  return [
    functions.length === 0 ? "The patch changes no function." : table.join("\n"),
    ...(outside.length === 0
      ? []
      : [`Text outside of functions differs in ${outside.join(", ")}.`]),
  ];
}

function lineText(lines: Lines | undefined): string {
  if (lines === undefined) return "none";
  return lines.line === lines.endLine ? `${lines.line}` : `${lines.line}-${lines.endLine}`;
}

function scenarioLines({ suite, run, differing }: RuleRun): readonly string[] {
  if (suite === undefined) return ["There is no suite here; `--suite DIR` names one."];
  const sum = `${run} of ${suite} scenarios ran: ${run - differing.length} answer as before, ${differing.length} differ.`;
  const shown = differing.slice(0, SCENARIOS).flatMap(scenarioText);
  const rest = differing.length - SCENARIOS;
  return [sum, ...shown, ...(rest > 0 ? [`And ${rest} more scenarios differ.`] : [])];
}

function scenarioText({ file, rules, report }: DifferingScenario): readonly string[] {
  const names = report.traces.map((_, i) => (i === 0 ? "before" : "after"));
  const rows = rowsOf(report).filter(({ differences }) => differences.length > 0);
  const lines = rows.slice(0, 5).flatMap(({ task, call, cells }) => [
    `${task}  ${call}`,
    ...cells.map(({ answer, by }, i) => {
      const why = by === undefined ? "" : `  ${by}`;
      return `  ${(names[i] ?? "").padEnd(6)}  ${answer}${why}`;
    }),
  ]);
  const whole = report.differences.flatMap(({ step, message }) =>
    step === undefined ? [message] : [],
  );
  const name = file.split("/").at(-1) ?? file;
  return [`${code(name)} (${rules.join(", ")}):`, block([...whole, ...lines])];
}

function sequenceLines(run: SequenceRun): readonly string[] {
  const how = run.confined
    ? "Without faults and without a security module that answers"
    : "With faults and with a security module that answers";
  const found = run.findings.reduce((n, { alike }) => n + 1 + alike, 0);
  const ended = run.ended ? ", which ended the run" : "";
  const sum = `${how}: ${grouped(run.sequences)} sequences, ${grouped(run.steps)} steps in ${run.seconds} s, ${found === 0 ? "no difference" : `${found} ${found === 1 ? "finding" : "findings"}${ended}`}.`;
  const texts = run.findings.map(({ message, parting, folder, reproduces, alike }) => {
    const [place] = parting?.places ?? [];
    const differences = (parting?.differences ?? []).slice(0, 3);
    return block([
      message,
      ...(place === undefined ? [] : [`  in ${placeText(place)}`]),
      ...differences.map(({ name, a, b }) => `  ${name}: before ${a}, after ${b}`),
      `  ${folder}${reproduces ? "" : " (only its bytes reproduce it)"}`,
      ...(alike === 0 ? [] : [`  and ${alike} more with the same difference in the same lines`]),
    ]);
  });
  return [sum, ...texts];
}

/** An indented block, which no text in it can end. */
function block(lines: readonly string[]): string {
  return lines.map((line) => `    ${printable(line)}`).join("\n");
}
