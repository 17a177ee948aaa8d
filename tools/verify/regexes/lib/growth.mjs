// SPDX-License-Identifier: MIT
import { ends, parseRegex, pumpsOf } from "./pumps.mjs";
import { StepCounter } from "./steps.mjs";

/** How fast the steps may grow with the input: 1 is linear, 2 quadratic. */
export const ALLOWED = 1.2;
const TIMES = 128;
const LONGER = 4;
/** Fewer steps than one for a repetition say nothing about growth. */
const FEW = TIMES;

/**
 * Finds an input for which the steps of an expression grow faster than {@link ALLOWED}.
 *
 * @returns {{ exponent: number, start: string, pump: string, end: string } | undefined}
 */
export function findGrowth(source, flags) {
  const steps = new StepCounter(source, flags);
  for (const { start, pump } of pumpsOf(parseRegex(source, flags), flags)) {
    for (const end of ends) {
      const exponent = exponentOf(steps, (times) => start + pump.repeat(times) + end);
      if (exponent > ALLOWED) return { exponent, start, pump, end };
    }
  }
  return undefined;
}

function exponentOf(steps, text) {
  const few = Math.max(steps.count(text(TIMES)), FEW);
  if (few === Infinity) return Infinity;
  const longer = text(TIMES * LONGER);
  // Most expressions pass this, which takes one search in place of many.
  if (!steps.exceeds(longer, Math.ceil(few * LONGER ** ALLOWED))) return 1;
  return Math.log(steps.count(longer) / few) / Math.log(LONGER);
}
