// SPDX-License-Identifier: MIT
import { NotModelledError, raw, SafetyError, type Task } from "@bpf-token/syscall";
import { errnoName, type Ptr } from "@bpf-token/uapi";
import { type Caller, callers, type MatrixFixture, SUBSETS, type TokenUse } from "./fixture.js";

/** A call that is encoded once and made by many tasks. */
export interface Call {
  readonly cmd: number;
  readonly attr: Ptr;
  readonly size: number;
}

/** The command of a row, and the attribute fields that distinguish the row, by name. */
export interface CallDescription {
  readonly cmd: string;
  readonly attr: Readonly<Record<string, string>>;
}

/** One row of the matrix: a map type, a program type, or a command. */
export interface Question {
  /** The unique name: `map ARRAY`, `prog XDP 37`. */
  readonly row: string;
  readonly asked: CallDescription;
  /** The call for each relevant token. */
  readonly calls: ReadonlyMap<TokenUse, Call>;
}

/** The result of a row. */
export interface Row {
  readonly row: string;
  readonly asked: CallDescription;
  /**
   * The answers for each caller and token: `init none: EPERM=5555 ok=aaaa`. Each answer has a mask of 16
   * bits, in which bit n stands for the subset with number n.
   */
  readonly answers: readonly string[];
}

/**
 * Makes every call in every task and closes each returned file descriptor at once. Returns the answers by
 * call, then by task: ≥ 0, `-errno`, or the error that prevented the call.
 */
export type CallRunner = (
  tasks: readonly Task[],
  calls: readonly Call[],
) => readonly (readonly (number | Error)[])[];

/** Makes the calls one by one, which works on every kernel. */
export const runOneByOne: CallRunner = (tasks, calls) =>
  calls.map((call) => tasks.map((task) => ask(task, call)));

function ask(task: Task, { cmd, attr, size }: Call): number | Error {
  try {
    const ret = raw.bpf(task, cmd, attr, size);
    if (ret >= 0) raw.close(task, ret);
    return ret;
  } catch (error) {
    return error as Error;
  }
}

/** Formats an answer: `ok`, the name of an errno, or a note that the call was not made. */
function answerName(answer: number | Error): string {
  if (answer instanceof NotModelledError) return "not-modelled";
  if (answer instanceof SafetyError) return "kept-away";
  if (answer instanceof Error) throw answer;
  return answer < 0 ? (errnoName(answer) ?? String(answer)) : "ok";
}

/**
 * Makes calls as callers with every subset of capabilities.
 *
 * @returns the answers of the subsets as text, for each call and each caller.
 */
export function runSubsets(
  runCalls: CallRunner,
  taskOf: (caller: number, subset: number) => Task,
  count: number,
  calls: readonly Call[],
): readonly (readonly string[])[] {
  const tasks = Array.from({ length: count * SUBSETS }, (_, n) =>
    taskOf(Math.floor(n / SUBSETS), n % SUBSETS),
  );
  return runCalls(tasks, calls).map((answers) =>
    Array.from({ length: count }, (_, caller) =>
      bySubset((subset) => answerName(answers[caller * SUBSETS + subset] as number | Error)),
    ),
  );
}

/** Makes the calls of a row as every caller, with every subset of capabilities and every token. */
export function runQuestions(
  fixture: MatrixFixture,
  questions: readonly Question[],
  runCalls: CallRunner,
): readonly Row[] {
  const taskOf = (caller: number, subset: number): Task =>
    fixture.task(callers[caller] as Caller, subset);
  const calls = questions.flatMap((question) => [...question.calls.values()]);
  const answerTexts = runSubsets(runCalls, taskOf, callers.length, calls).values();
  return questions.map((question) => {
    const tokens = [...question.calls.keys()].map((token) => ({
      token,
      answers: answerTexts.next().value,
    }));
    const answers = callers.flatMap((caller, n) =>
      tokens.map(({ token, answers: by }) => `${caller} ${token}: ${by?.[n]}`),
    );
    return { row: question.row, asked: question.asked, answers };
  });
}

/** Formats the answers of all subsets: each answer with the mask of its subsets. */
function bySubset(answerOf: (subset: number) => string): string {
  const masks = new Map<string, number>();
  for (let subset = 0; subset < SUBSETS; subset++) {
    const answer = answerOf(subset);
    masks.set(answer, (masks.get(answer) ?? 0) | (1 << subset));
  }
  return [...masks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([answer, mask]) => `${answer}=${mask.toString(16).padStart(4, "0")}`)
    .join(" ");
}

/** Returns the number of calls of a row. */
export function cells({ calls }: Question): number {
  return callers.length * calls.size * SUBSETS;
}
