// SPDX-License-Identifier: MIT

/** A place in a scenario file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a scenario file. */
export interface ScenarioProblem extends Position {
  /** What is wrong: lower case, one line. */
  readonly text: string;
  /** The way out, if there is an obvious one: `did you mean 'fsopen'?`. */
  readonly hint?: string;
}

/** More are not collected: a file that is something else altogether would give thousands. */
const MOST = 50;

/** Gathers the problems of one parse, so that a person sees all of them at once. */
export class Problems {
  readonly list: ScenarioProblem[] = [];

  /** Adds one, unless there are too many or the same one is there already. */
  add(at: Position, text: string, hint?: string): void {
    const { line, column } = at;
    const known = this.list.some((p) => p.line === line && p.column === column && p.text === text);
    if (known || this.list.length >= MOST) return;
    this.list.push(hint === undefined ? { line, column, text } : { line, column, text, hint });
  }

  /** In the order of the file. */
  sorted(): readonly ScenarioProblem[] {
    return [...this.list].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** `story.yaml:12:5: unknown step 'fsopne'; did you mean 'fsopen'?` */
export function formatProblem(problem: ScenarioProblem, file = "scenario"): string {
  const { line, column, text, hint } = problem;
  return `${file}:${line}:${column}: ${text}${hint === undefined ? "" : `; ${hint}`}`;
}

/** A text is not a scenario. Its message is one line about the first problem; `all` has them all. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError" as const;
  /** The name that was given to the text, `scenario` if none was. */
  readonly file: string;
  /** Line of the first problem, from 1. */
  readonly line: number;
  /** Column of the first problem, from 1. */
  readonly column: number;
  /** The way out of the first problem, if there is an obvious one. */
  readonly hint: string | undefined;
  /** Every problem, in the order of the file. */
  readonly all: readonly ScenarioProblem[];

  /** @param all - at least one, in the order of the file. */
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
