// SPDX-License-Identifier: MIT
import type { LintFinding, LintResult } from "../../../lint/index.js";
import { lintFindings } from "../../../lint/index.js";
import type { Paint } from "../../../text/paint.js";
import { wrap } from "../../../text/wrap.js";
import { annotation } from "../../github.js";
import { sarifLog } from "../../text/sarif.js";

/** What the command found. */
export interface LintReport {
  readonly results: readonly LintResult[];
  /** How many files have a delegation. */
  readonly files: number;
  /** How many findings --fix removed. */
  readonly fixed: number;
}

/** Formats findings for people: the place in the form that editors know, then the sentence. */
export function textLines(report: LintReport, paint: Paint, width: number): readonly string[] {
  const lines = report.results.flatMap(({ path, line, column, finding, text }) => [
    `${path}:${line}:${column}: ${paintSeverity(finding, paint)} [${finding.id}]`,
    ...wrap(text, width - 2).map((one) => `  ${one}`),
  ]);
  return [...lines, summaryOf(report)];
}

const paintSeverity = ({ severity }: LintFinding, paint: Paint): string =>
  paint(({ error: "bad", warning: "warn", note: "quiet" } as const)[severity], severity);

function summaryOf({ results, files, fixed }: LintReport): string {
  const count = (severity: LintFinding["severity"]): string => {
    const n = results.filter(({ finding }) => finding.severity === severity).length;
    return `${n} ${severity}${n === 1 ? "" : "s"}`;
  };
  const found = `${count("error")}, ${count("warning")}, ${count("note")}`;
  const places = `${files} file${files === 1 ? "" : "s"} with a delegation`;
  return `${found} in ${places}${fixed === 0 ? "" : `; fixed ${fixed}`}`;
}

/** The changed lines of a file, as `patch -p0` and `git apply -p0 --unidiff-zero` read them. A fix adds no line. */
export function diffLines(path: string, before: string, after: string): readonly string[] {
  const now = after.split("\n");
  const changed = before.split("\n").flatMap((line, at) => {
    const text = now[at] ?? "";
    return line === text ? [] : [`@@ -${at + 1} +${at + 1} @@`, `-${line}`, `+${text}`];
  });
  return [`--- ${path}`, `+++ ${path}`, ...changed];
}

/** Findings as commands of GitHub Actions, which annotate a pull request. */
export const githubLines = ({ results }: LintReport): readonly string[] =>
  results.map(({ finding, path, line, column, text }) => {
    const level = finding.severity === "note" ? "notice" : finding.severity;
    return annotation(level, { file: path, line, column, title: finding.id }, text);
  });

/** Findings as plain data. */
export const jsonOf = ({ results, files, fixed }: LintReport): object => ({
  ...{ files, fixed },
  findings: results.map(({ finding, path, line, column, text, fix }) => ({
    ...{ id: finding.id, severity: finding.severity, confidence: finding.confidence },
    ...{ path, line, column, text, ...(fix !== undefined && { fix }) },
  })),
});

/** Findings as SARIF 2.1.0. */
export function lintSarif({ results }: LintReport): object {
  const used = lintFindings.filter(({ id }) => results.some(({ finding }) => finding.id === id));
  const rules = used.map(({ id, sentence }) => ({ id, text: sentence }));
  return sarifLog(
    "bpf-token lint",
    rules,
    results.map(({ finding, path, line, column, text, range }) => ({
      ruleId: finding.id,
      ruleIndex: used.indexOf(finding),
      level: finding.severity,
      message: { text },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(path) },
            region: { startLine: line, startColumn: column, charLength: range[1] - range[0] },
          },
        },
      ],
      properties: { confidence: finding.confidence },
    })),
  );
}

/** A relative reference: without `./`, the start of a name such as `javascript:x.sh` would be a scheme. */
function uriOf(path: string): string {
  const uri = encodeURI(path).replace(/[?#]/g, encodeURIComponent);
  return /^[^/]*:/.test(uri) ? `./${uri}` : uri;
}
