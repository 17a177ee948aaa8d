// SPDX-License-Identifier: MIT
import type { LineCoverage, TestProblem, TestResult } from "../../../program-test/index.js";
import type { Context } from "../../command.js";
import { annotation } from "../../github.js";

/** The result of a test, with its file and kernel. */
export interface Outcome extends TestResult {
  readonly file: string;
  readonly kernel: string;
}

/** The results of a run of the command. */
export interface Report {
  readonly outcomes: readonly Outcome[];
  /** The source lines; undefined if they were not counted. */
  readonly covered: readonly LineCoverage[] | undefined;
}

/** Prints results as they come, or at the end. */
interface Printer {
  begin?(file: string, kernel: string): void;
  outcome?(outcome: Outcome): void;
  end(report: Report): void;
}

/** The values of `--format`. */
export type FormatName = "text" | "tap" | "junit" | "github";

/** Creates the printer of a format. */
export const formats: Readonly<Record<FormatName, (context: Context) => Printer>> = {
  text: textPrinter,
  tap: ({ line }) => ({ end: ({ outcomes }) => printAll(line, tapLines(outcomes)) }),
  junit: ({ line }) => ({ end: ({ outcomes }) => printAll(line, junitLines(outcomes)) }),
  github: (context) => ({
    outcome: (outcome) => {
      for (const one of githubLines(outcome)) context.io.stdout.command(one);
    },
    end: (report) => textPrinter(context).end(report),
  }),
};

function printAll(line: (text: string) => void, lines: readonly string[]): void {
  for (const text of lines) line(text);
}

const MOST_NOTES = 12;

function textPrinter({ line, paint }: Context): Printer {
  return {
    begin: (file, kernel) => line(`${paint("strong", file)} on ${kernel}`),
    outcome: ({ file, name, outcome, problems, instructions }) => {
      const role = ({ passed: "good", failed: "bad", unmodelled: "warn" } as const)[outcome];
      const word = { passed: "passed    ", failed: "FAILED    ", unmodelled: "cannot run" }[
        outcome
      ];
      const count =
        instructions === undefined ? "" : paint("quiet", `  ${instructions} instructions`);
      line(`  ${paint(role, word)}  ${name}${count}`);
      for (const problem of problems)
        line(`      ${paint("quiet", placeText(file, problem))}  ${problem.text}`);
    },
    end: ({ outcomes, covered }) => {
      const count = (wanted: Outcome["outcome"]): number =>
        outcomes.filter(({ outcome }) => outcome === wanted).length;
      const gaps = count("unmodelled");
      const rest = gaps === 0 ? "" : `, ${gaps} cannot run`;
      line(`${count("passed")} passed, ${count("failed")} failed${rest}`);
      if (covered !== undefined) printAll(line, coverageLines(covered));
    },
  };
}

function coverageLines(lines: readonly LineCoverage[]): readonly string[] {
  if (lines.length === 0) return ["no source lines: compile the object with 'clang -g'"];
  const missed = lines.filter(({ ran }) => ran === 0);
  const part = ((100 * (lines.length - missed.length)) / lines.length).toFixed(1);
  const ways = lines.flatMap(({ branches }) => branches.flatMap((one) => [one.jumped, one.passed]));
  const taken = ways.filter((count) => count > 0).length;
  const place = ({ file, line, text }: LineCoverage): string =>
    `${baseName(file)}:${line}  ${text.trim()}`;
  const oneWay = lines.filter(({ branches }) =>
    branches.some(({ jumped, passed }) => (jumped === 0) !== (passed === 0)),
  );
  const notes = [
    ...missed.map((line) => `  not run: ${place(line)}`),
    ...oneWay.map((line) => `  one way: ${place(line)}`),
  ];
  const more = notes.length - MOST_NOTES;
  return [
    `${lines.length - missed.length} of ${lines.length} source lines ran (${part} %), and ${taken} of ${ways.length} ways of jumps`,
    ...notes.slice(0, MOST_NOTES),
    ...(more > 0 ? [`  and ${more} more lines; the file of --coverage has all`] : []),
  ];
}

const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

const placeText = (file: string, { line, column }: TestProblem): string =>
  `${file}:${line}:${column}`;

/** The problems of a test, each with its place. */
const placed = ({ file, problems }: Outcome): readonly string[] =>
  problems.map((one) => `${placeText(file, one)}: ${one.text.replaceAll("\n", " ")}`);

const problemText = ({ problems }: Outcome): string => problems.map(({ text }) => text).join("; ");

/** Test Anything Protocol, version 14. */
function tapLines(outcomes: readonly Outcome[]): readonly string[] {
  const lines = ["TAP version 14", `1..${outcomes.length}`];
  for (const [i, each] of outcomes.entries()) {
    const name = `${each.file}: ${each.name} (${each.kernel})`.replaceAll(/[#\\]/g, "\\$&");
    const state = each.outcome === "failed" ? "not ok" : "ok";
    const skip = each.outcome === "unmodelled" ? ` # SKIP ${problemText(each)}` : "";
    lines.push(`${state} ${i + 1} - ${name}${skip}`);
    lines.push(...placed(each).map((text) => `# ${text}`));
  }
  return lines;
}

function junitLines(outcomes: readonly Outcome[]): readonly string[] {
  const groups = new Map<string, Outcome[]>();
  for (const each of outcomes) {
    const name = `${each.file} on ${each.kernel}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [each]);
    else group.push(each);
  }
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"];
  for (const [name, all] of groups) {
    const count = (wanted: Outcome["outcome"]): number =>
      all.filter(({ outcome }) => outcome === wanted).length;
    lines.push(
      `  <testsuite name="${xml(name)}" tests="${all.length}" failures="${count("failed")}" skipped="${count("unmodelled")}">`,
    );
    for (const each of all) lines.push(...junitCase(each));
    lines.push("  </testsuite>");
  }
  return [...lines, "</testsuites>"];
}

function junitCase(each: Outcome): readonly string[] {
  const open = `    <testcase name="${xml(each.name)}" classname="${xml(each.kernel)}" file="${xml(each.file)}" line="${each.line}"`;
  if (each.outcome === "passed") return [`${open}/>`];
  const tag = each.outcome === "failed" ? "failure" : "skipped";
  return [
    `${open}>`,
    `      <${tag} message="${xml(problemText(each))}">${xml(placed(each).join("\n"))}</${tag}>`,
    "    </testcase>",
  ];
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
};

const xml = (text: string): string =>
  text.replaceAll(/[&<>"\n]/g, (mark) => entities[mark] ?? mark);

/** Workflow commands of GitHub Actions. */
function githubLines(each: Outcome): readonly string[] {
  if (each.outcome === "passed") return [];
  const kind = each.outcome === "failed" ? "error" : "warning";
  const about = { file: each.file, title: `${each.name} (${each.kernel})` };
  return each.problems.map(({ text, ...at }) => annotation(kind, { ...about, ...at }, text));
}
