// SPDX-License-Identifier: MIT
import type { DiffReport, DiffSubject } from "@bpf-token/scenario";
import { escapeMarkup } from "./markup.js";
import { rowsOf } from "./table.js";

/**
 * Formats reports as JUnit XML for CI systems: one suite for each subject after the first, one test for
 * each file.
 *
 * @example
 * ```ts
 * junitReport([{ file: "a.yaml", ...diff(scenario, subjects, modelRuns()) }], subjects);
 * ```
 */
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

/** What refused a call on the first subject and on `name`, where their answers differ. */
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
