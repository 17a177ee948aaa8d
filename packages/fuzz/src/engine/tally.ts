// SPDX-License-Identifier: MIT
import type { SequenceResult } from "../machine/machine.js";

/** Statistics of the sequences, which show whether they test token code. */
export interface Tally {
  sequences: number;
  /** The number of calls after the setup prefixes. */
  steps: number;
  /** The numbers of sequences that created a token, and that used one successfully. */
  withToken: number;
  withUse: number;
  /** The number of sequences in which a failed TOKEN_CREATE kept its inode: rule TP-22. */
  withLeftInode: number;
  /** The number of sequences, by the number of processes. */
  readonly byTasks: number[];
  /** The number of sequences, by calls after the setup; the ranges begin at {@link callFloors}. */
  readonly byCalls: number[];
}

/**
 * The lower bounds of the ranges in {@link Tally.byCalls}.
 *
 * @example
 * ```ts
 * tally.byCalls.forEach((n, i) => console.log(`from ${callFloors[i]} calls: ${n} sequences`));
 * ```
 */
export const callFloors: readonly number[] = [0, 8, 12, 16, 24, 32, 48, 64, 96];

export function newTally(): Tally {
  const byCalls = callFloors.map(() => 0);
  return {
    sequences: 0,
    steps: 0,
    withToken: 0,
    withUse: 0,
    withLeftInode: 0,
    byTasks: [],
    byCalls,
  };
}

export function addResult(tally: Tally, result: SequenceResult): void {
  tally.sequences++;
  tally.steps += result.stepCalls;
  if (result.tokens > 0) tally.withToken++;
  if (result.uses > 0) tally.withUse++;
  if (result.leftInodes > 0) tally.withLeftInode++;
  tally.byTasks[result.tasks] = (tally.byTasks[result.tasks] ?? 0) + 1;
  let floor = callFloors.length - 1;
  while (floor > 0 && (callFloors[floor] ?? 0) > result.stepCalls) floor--;
  tally.byCalls[floor] = (tally.byCalls[floor] ?? 0) + 1;
}

/**
 * Adds up tallies, for example those of shards.
 *
 * @example
 * ```ts
 * const { sequences, steps } = sum(reports.map(({ tally }) => tally));
 * ```
 */
export function sum(tallies: readonly Tally[]): Tally {
  const total = newTally();
  for (const one of tallies) {
    total.sequences += one.sequences;
    total.steps += one.steps;
    total.withToken += one.withToken;
    total.withUse += one.withUse;
    total.withLeftInode += one.withLeftInode;
    one.byTasks.forEach((n, i) => {
      total.byTasks[i] = (total.byTasks[i] ?? 0) + (n ?? 0);
    });
    one.byCalls.forEach((n, i) => {
      total.byCalls[i] = (total.byCalls[i] ?? 0) + n;
    });
  }
  return total;
}
