// SPDX-License-Identifier: MIT
import { NotModelledError, raw, SafetyError, type Task } from "@bpf-token/syscall";
import { errnoName, type Ptr } from "@bpf-token/uapi";
import { callers, type MatrixWorld, SUBSETS, type TokenUse } from "./world.js";

/** One call, laid out once and made by many tasks. */
export interface Call {
  readonly cmd: number;
  readonly attr: Ptr;
  readonly size: number;
}

/** What somebody wants to make: one row of the matrix. */
export interface Question {
  /** Its name, unlike that of any other: `map ARRAY`, `prog XDP 37`. */
  readonly row: string;
  /** The call for each token that makes a difference to it. */
  readonly calls: ReadonlyMap<TokenUse, Call>;
}

/** What a row came to. */
export interface Row {
  readonly row: string;
  /**
   * Per caller and token which answer which subsets got: `init none: EPERM=5555 ok=aaaa`, with the
   * subsets as a mask of 16 bits, bit n for the subset of number n.
   */
  readonly answers: readonly string[];
}

/** What a call came to: `ok`, the name of an errno, or that the kernel was not asked. */
export function ask(task: Task, { cmd, attr, size }: Call): string {
  try {
    const ret = raw.bpf(task, cmd, attr, size);
    if (ret < 0) return errnoName(ret) ?? String(ret);
    raw.close(task, ret);
    return "ok";
  } catch (error) {
    if (error instanceof NotModelledError) return "not-modelled";
    if (error instanceof SafetyError) return "kept-away";
    throw error;
  }
}

/** Asks every caller with every subset of capabilities and every token. */
export function askAll(world: MatrixWorld, question: Question): Row {
  const answers: string[] = [];
  for (const caller of callers) {
    for (const [token, call] of question.calls) {
      const said = bySubset((subset) => ask(world.task(caller, subset), call));
      answers.push(`${caller} ${token}: ${said}`);
    }
  }
  return { row: question.row, answers };
}

/** The answers of all subsets, as text: each with the mask of those that got it. */
export function bySubset(answerOf: (subset: number) => string): string {
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
