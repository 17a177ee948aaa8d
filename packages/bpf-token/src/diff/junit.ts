// SPDX-License-Identifier: MIT
import type { DiffReport, DiffSubject } from "@bpf-token/scenario";
import { escapeMarkup } from "./markup.js";
import { rowsOf } from "./table.js";

/** The report in the form that CI systems read: a suite for each subject, a test for each file. */
export function junitReport(
  reports: readonly (DiffReport & { readonly file: string })[],
  subjects: readonly DiffSubject[],
): string {
  const [first, ...others] = subjects;
  const suites = others.map(({ name }) => {
    const cases = reports.map((report) => {
      const { file, differences } = report;
      const own = differences.filter(({ other, expected }) => other === name && !expected);
      const [one] = own;
      const head = `    <testcase classname="${escapeMarkup(name)}" name="${escapeMarkup(file)}"`;
      if (one === undefined) return `${head}/>`;
      const lines = [...own.map(({ message }) => message), ...decided(report, subjects, name)];
      const text = lines.map(escapeMarkup).join("\n");
      return `${head}>\n      <failure message="${escapeMarkup(one.message)}">${text}</failure>\n    </testcase>`;
    });
    const failures = cases.filter((text) => text.includes("<failure")).length;
    const head = `name="${escapeMarkup(`${first?.name} : ${name}`)}"`;
    const counts = `tests="${cases.length}" failures="${failures}"`;
    return `  <testsuite ${head} ${counts}>\n${cases.join("\n")}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("\n")}\n</testsuites>\n`;
}

/** What refused where a subject differs from the first, of both of them. */
function decided(
  report: DiffReport,
  subjects: readonly DiffSubject[],
  name: string,
): readonly string[] {
  return rowsOf(report)
    .filter(({ differences }) => differences.some(({ other }) => other === name))
    .flatMap(({ step, cells }) =>
      cells.flatMap(({ answer, by }, i) => {
        const of = subjects[i]?.name;
        const wanted = i === 0 || of === name;
        return by === undefined || !wanted ? [] : [`step ${step + 1}, ${of}: ${answer} by ${by}`];
      }),
    );
}
