// SPDX-License-Identifier: MIT
import { afterEach, inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** Whether this is `npm run test:full`, which runs every case. */
    full: boolean;
  }
  export interface TaskMeta {
    /** The number of cases that only the full run takes; `npm test` prints the sum. */
    skippedCases?: number;
  }
}

/** Whether every case runs, as in `npm run test:full`. */
export const full: boolean = inject("full");

let skippedCases = 0;
// `npm test` reads this at the end of the file.
afterEach(({ task }) => {
  task.file.meta.skippedCases = skippedCases;
});

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
  skippedCases += cases.length - kept.length;
  return kept;
}
