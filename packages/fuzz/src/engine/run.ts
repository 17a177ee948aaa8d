// SPDX-License-Identifier: MIT
import type { MinimizedFinding } from "./finding.js";
import { type Fuzzer, mostCrashes } from "./fuzzer.js";

/** The limits of a run. The first one that is reached ends the run. */
export interface FuzzGoal {
  readonly sequences: number;
  readonly steps: number;
  /** The time limit in milliseconds. */
  readonly time: number;
  readonly findings: number;
}

/** An event of a run. */
export type FuzzEvent =
  | { readonly kind: "finding"; readonly finding: MinimizedFinding }
  | {
      readonly kind: "progress";
      /** Seconds since the start, and the estimated seconds until the limit. */
      readonly seconds: number;
      readonly left: number | undefined;
      readonly findings: number;
    }
  | { readonly kind: "breath" }
  | { readonly kind: "stopped"; readonly why: string };

/**
 * Runs blocks until a limit is reached. Minimises findings and reports progress every `pulse`
 * milliseconds. The next block runs when the caller requests the next event.
 *
 * @param breath - milliseconds after which an event `breath` gives the caller a turn, so that it can
 *   stop the run. Default: none.
 * @example
 * ```ts
 * const goal = { sequences: 10_000, steps: Infinity, time: 60_000, findings: 1 };
 * for (const event of runBlocks(fuzzer, goal, 1000)) console.log(event.kind);
 * ```
 */
export function* runBlocks(
  fuzzer: Fuzzer,
  goal: FuzzGoal,
  pulse: number,
  breath: number = Number.POSITIVE_INFINITY,
): Generator<FuzzEvent> {
  const start = performance.now();
  let last = start;
  let breathed = start;
  let findings = 0;
  const share = (): number =>
    Math.max(
      fuzzer.tally.sequences / goal.sequences,
      fuzzer.tally.steps / goal.steps,
      (performance.now() - start) / goal.time,
    );
  while (share() < 1 && findings < goal.findings) {
    const finding = fuzzer.runBlock();
    if (finding !== undefined) {
      findings++;
      yield { kind: "finding", finding: fuzzer.minimize(finding) };
    }
    if (fuzzer.crashes >= mostCrashes) {
      yield { kind: "stopped", why: `${mostCrashes} blocks in a row ended in a crash` };
      return;
    }
    const now = performance.now();
    if (now - last < pulse) {
      if (now - breathed < breath) continue;
      breathed = now;
      yield { kind: "breath" };
      continue;
    }
    last = breathed = now;
    const seconds = (now - start) / 1000;
    const left = share() > 0 ? Math.max(0, seconds / share() - seconds) : undefined;
    yield { kind: "progress", seconds, left, findings };
  }
}
