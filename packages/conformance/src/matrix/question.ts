// SPDX-License-Identifier: MIT
import { NotModelledError, raw, SafetyError, type Task } from "@bpf-token/syscall";
import { errnoName, type Ptr } from "@bpf-token/uapi";
import { type Caller, callers, type MatrixFixture, SUBSETS, type TokenUse } from "./fixture.js";

/** One call, laid out once and made by many tasks. */
export interface Call {
  readonly cmd: number;
  readonly attr: Ptr;
  readonly size: number;
}

/** The command of a row, and the fields of its attribute that tell it from other rows, by name. */
export interface CallDescription {
  readonly cmd: string;
  readonly attr: Readonly<Record<string, string>>;
}

/** What somebody wants to make: one row of the matrix. */
export interface Question {
  /** Its name, unlike that of any other: `map ARRAY`, `prog XDP 37`. */
  readonly row: string;
  readonly asked: CallDescription;
  /** The call for each token that makes a difference to it. */
  readonly calls: ReadonlyMap<TokenUse, Call>;
}

/** What a row came to. */
export interface Row {
  readonly row: string;
  readonly asked: CallDescription;
  /**
   * Per caller and token which answer which subsets got: `init none: EPERM=5555 ok=aaaa`, with the
   * subsets as a mask of 16 bits, bit n for the subset of number n.
   */
  readonly answers: readonly string[];
}

/**
 * Has every task make every call, and closes what comes of it at once. By call, then by task: not
 * negative, `-errno`, or the error that says why the kernel was not asked.
 */
export type CallRunner = (
  tasks: readonly Task[],
  calls: readonly Call[],
) => readonly (readonly (number | Error)[])[];

/** Asks one by one, which every kernel can. */
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

/** An answer in a word: `ok`, the name of an errno, or that the kernel was not asked. */
function answerName(answer: number | Error): string {
  if (answer instanceof NotModelledError) return "not-modelled";
  if (answer instanceof SafetyError) return "kept-away";
  if (answer instanceof Error) throw answer;
  return answer < 0 ? (errnoName(answer) ?? String(answer)) : "ok";
}

/**
 * Asks callers with every subset of capabilities.
 *
 * @returns for each call and each caller the answers of its subsets, as text.
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

/** Asks every caller with every subset of capabilities and every token. */
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

/** The answers of all subsets, as text: each with the mask of those that got it. */
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

/** How many calls a row takes. */
export function cells({ calls }: Question): number {
  return callers.length * calls.size * SUBSETS;
}
