// SPDX-License-Identifier: MIT
import { afterEach, inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Whether this is `npm run test:full`, which leaves no case out. */
    full: boolean;
  }
  export interface TaskMeta {
    /** How many cases of the file only the full run takes; `npm test` prints the sum. */
    skippedCases?: number;
  }
}

/** Whether every case runs, as in `npm run test:full`. */
export const full: boolean = inject("full");

let skippedCases = 0;
// `npm test` reads this when the file has ended.
afterEach(({ task }) => {
  task.file.meta.skippedCases = skippedCases;
});

/**
 * The cases that run: all of them in `npm run test:full`; in `npm test` every `step`-th, so that the
 * choice is the same on each machine, and those to keep. A prime step meets every value of lists
 * that were multiplied.
 */
export function sample<T>(
  cases: readonly T[],
  step: number,
  keep: (one: T) => boolean = () => false,
): readonly T[] {
  if (full) return cases;
  const kept = cases.filter((one, i) => i % step === 0 || keep(one));
  skippedCases += cases.length - kept.length;
  return kept;
}
