// SPDX-License-Identifier: MIT
import { afterEach, inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Whether this is `npm run test:full`, which runs every case. */
    full: boolean;
  }
  export interface TaskMeta {
    /** How many cases of each list only the full run takes; `npm test` prints the sum. */
    skippedCases?: Record<number, number>;
  }
}

/** Whether every case runs, as in `npm run test:full`. */
export const full: boolean = inject("full");

let lists = 0;

/**
 * Returns the cases to run: all in `npm run test:full`; in `npm test` those to keep and every `step`-th, which
 * is the same choice on each machine. A prime step reaches every value of the lists whose product the cases are.
 */
export function sample<T>(
  cases: readonly T[],
  step: number,
  keep: (one: T) => boolean = () => false,
): readonly T[] {
  if (full) return cases;
  const kept = cases.filter((one, i) => i % step === 0 || keep(one));
  // Files of a worker share this module, so the file of the list is known only from its tests.
  const list = lists++;
  afterEach(({ task }) => {
    task.file.meta.skippedCases ??= {};
    task.file.meta.skippedCases[list] = cases.length - kept.length;
  });
  return kept;
}
