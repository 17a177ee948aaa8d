// SPDX-License-Identifier: MIT

/** A position in a scenario file. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem of a scenario file. */
export interface ScenarioProblem extends Position {
  /** The problem, as one line in lower case. */
  readonly text: string;
  /** The fix, if it is obvious: `did you mean 'fsopen'?`. */
  readonly hint?: string;
}

/** The maximum number of problems, because a file of another kind would cause thousands. */
const MOST = 50;

/**
 * Collects all problems of one parse, so that the user sees them at once.
 *
 * @example
 * ```ts
 * const problems = new Problems();
 * problems.add({ line: 3, column: 5 }, "unknown step 'fsopne'", "did you mean 'fsopen'?");
 * ```
 */
export class Problems {
  readonly list: ScenarioProblem[] = [];

  /** Adds a problem, unless there are too many or it was added before. */
  add(at: Position, text: string, hint?: string): void {
    const { line, column } = at;
    const known = this.list.some((p) => p.line === line && p.column === column && p.text === text);
    if (known || this.list.length >= MOST) return;
    this.list.push(hint === undefined ? { line, column, text } : { line, column, text, hint });
  }

  /** The problems, in the order of the file. */
  sorted(): readonly ScenarioProblem[] {
    return [...this.list].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/**
 * Formats a problem on one line: `scenario.yaml:12:5: unknown step 'fsopne'; did you mean 'fsopen'?`
 *
 * @example
 * ```ts
 * for (const problem of readScenario(text).problems) console.error(formatProblem(problem, file));
 * ```
 */
export function formatProblem(problem: ScenarioProblem, file = "scenario"): string {
  const { line, column, text, hint } = problem;
  return `${file}:${line}:${column}: ${text}${hint === undefined ? "" : `; ${hint}`}`;
}

/**
 * A text is not a scenario. The message is one line about the first problem; `all` has every problem.
 *
 * @example
 * ```ts
 * try {
 *   parseScenario(text);
 * } catch (error) {
 *   if (error instanceof ScenarioError) console.error(error.line, error.message);
 * }
 * ```
 */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError" as const;
  /** The file name of the text; `scenario` if none was given. */
  readonly file: string;
  /** The line of the first problem, from 1. */
  readonly line: number;
  /** The column of the first problem, from 1. */
  readonly column: number;
  /** The fix of the first problem, if it is obvious. */
  readonly hint: string | undefined;
  /** Every problem, in the order of the file. */
  readonly all: readonly ScenarioProblem[];

  /** @param all - at least one problem, in the order of the file. */
  constructor(all: readonly ScenarioProblem[], file = "scenario") {
    const first = all[0] ?? { line: 1, column: 1, text: "not a scenario" };
    super(formatProblem(first, file));
    this.file = file;
    this.line = first.line;
    this.column = first.column;
    this.hint = first.hint;
    this.all = all;
  }
}
