// SPDX-License-Identifier: MIT
import type { MinimizedFinding } from "./finding.js";
import { type Fuzzer, mostCrashes } from "./fuzzer.js";

/** When a run ends: whichever comes first. */
export interface FuzzGoal {
  readonly sequences: number;
  readonly steps: number;
  /** Milliseconds. */
  readonly time: number;
  readonly findings: number;
}

/** What happens while a run goes on. */
export type FuzzEvent =
  | { readonly kind: "finding"; readonly finding: MinimizedFinding }
  | {
      readonly kind: "progress";
      /** Seconds since the start, and until the goal as far as can be said. */
      readonly seconds: number;
      readonly left: number | undefined;
      readonly findings: number;
    }
  | { readonly kind: "stopped"; readonly why: string };

/**
 * Runs blocks up to a goal. Findings are minimised; progress is reported every `pulse` milliseconds.
 * The caller decides when the next block runs, by asking for the next event.
 */
export function* runBlocks(fuzzer: Fuzzer, goal: FuzzGoal, pulse: number): Generator<FuzzEvent> {
  const start = performance.now();
  let last = start;
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
    if (now - last < pulse) continue;
    last = now;
    const seconds = (now - start) / 1000;
    const left = share() > 0 ? Math.max(0, seconds / share() - seconds) : undefined;
    yield { kind: "progress", seconds, left, findings };
  }
}
