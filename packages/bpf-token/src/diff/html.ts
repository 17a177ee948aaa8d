// SPDX-License-Identifier: MIT
import type { DiffReport, DiffSubject } from "@bpf-token/scenario";
import { escapeMarkup } from "./markup.js";
import { sharing } from "./sharing.js";
import { headOf, type Row, rowsOf } from "./table.js";

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .2rem 0; }
.bad { background: #d33a; } .warn { background: #da3a; }
.quiet { opacity: .7; font-size: 13px; }
`;

/**
 * Formats reports as one HTML page that needs no network and runs no script.
 *
 * @param subjects - the subjects, in the order of the reports' traces.
 * @example
 * ```ts
 * htmlReport([{ file: "a.yaml", ...diff(scenario, subjects, modelRuns()) }], subjects);
 * ```
 */
export function htmlReport(
  reports: readonly (DiffReport & { readonly file: string })[],
  subjects: readonly DiffSubject[],
): string {
  const [first, ...others] = subjects;
  const pairs = others.map((other) => {
    const words = first === undefined ? "" : sharing(first, other);
    return `<li><strong>${escapeMarkup(`${first?.name} : ${other.name}`)}</strong>, ${escapeMarkup(words)}</li>`;
  });
  const sections = reports.map((report) => section(report, subjects));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>bpf-token diff</title><style>${STYLE}</style></head>
<body><h1>bpf-token diff</h1>
<ul>${pairs.join("")}</ul>
${sections.join("\n")}
</body></html>
`;
}

function section(
  report: DiffReport & { readonly file: string },
  subjects: readonly DiffSubject[],
): string {
  const { file, scenario, differences, unexpected } = report;
  const state = unexpected ? "differs" : differences.length > 0 ? "differs as expected" : "agrees";
  const mark = unexpected ? "bad" : differences.length > 0 ? "warn" : "";
  const head = headOf(subjects).map((name) => `<th>${escapeMarkup(name)}</th>`);
  const rows = rowsOf(report).map((row) => tableRow(row, subjects));
  const whole = differences.filter(({ step }) => step === undefined);
  const paragraphs = whole.map(({ message }) => `<p>${escapeMarkup(message)}</p>`);
  return `<details${unexpected ? " open" : ""}>
<summary><span class="${mark}">${state}</span> <code>${escapeMarkup(file)}</code> ${escapeMarkup(scenario.name)}</summary>
${paragraphs.join("")}<table><tr><th>step</th><th>call</th>${head.join("")}</tr>
${rows.join("\n")}</table></details>`;
}

function tableRow(
  { step, task, call, cells, differences }: Row,
  subjects: readonly DiffSubject[],
): string {
  const columns = cells.map(({ answer, by }, i) => {
    const own = differences.filter(({ other }) => other === subjects[i]?.name);
    const mark = own.some((one) => !one.expected) ? "bad" : own.length > 0 ? "warn" : "";
    const more = own.flatMap(({ what, a, b, rules }) => [
      ...(what === "result" ? [] : [`${what}: ${a} ↔ ${b}`]),
      ...(rules.length === 0 ? [] : [rules.join(", ")]),
    ]);
    const small = [...(by === undefined ? [] : [by]), ...more].map(
      (text) => `<div class="quiet">${escapeMarkup(text)}</div>`,
    );
    return `<td class="${mark}">${escapeMarkup(answer)}${small.join("")}</td>`;
  });
  const text = `${escapeMarkup(task)}: <code>${escapeMarkup(call)}</code>`;
  return `<tr><td>${step + 1}</td><td>${text}</td>${columns.join("")}</tr>`;
}
