// SPDX-License-Identifier: MIT
import { readScenario } from "../src/index.ts";

/** Returns the problems of a text, one line each. */
export function problems(text: string): readonly string[] {
  return readScenario(text).problems.map(
    ({ line, column, text: what, hint }) =>
      `${line}:${column} ${what}${hint === undefined ? "" : `; ${hint}`}`,
  );
}

/** Returns the problems of steps. Lines count from the first step. */
export function stepProblems(steps: string, header = ""): readonly string[] {
  return problems(`${header}name: x\nsteps:\n${steps}`).map((line) =>
    line.replace(/^\d+/, (n) => String(Number(n) - 2 - header.split("\n").length + 1)),
  );
}
