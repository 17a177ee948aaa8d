// SPDX-License-Identifier: MIT
import { parseScenario, run, type Trace } from "@bpf-token/scenario";
import type { Kernel } from "@bpf-token/syscall";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { facadeSuite } from "./facade-suite.js";
import { rememberFds } from "./leaks.js";

/** Scenario files: their text by name. */
export type ScenarioFiles = Readonly<Record<string, string>>;

/**
 * Registers the whole suite for one kernel with Vitest: every scenario, and what a scenario cannot
 * tell.
 *
 * @param name - for the report.
 * @param make - makes a fresh kernel; it is closed at the end.
 * @param files - the scenarios to run.
 */
export function describeKernel(name: string, make: () => Kernel, files: ScenarioFiles): void {
  describe(name, () => {
    let kernel: Kernel;
    beforeAll(() => {
      kernel = make();
    });
    afterAll(() => {
      kernel.close();
    });
    facadeSuite(() => kernel);
    describe("scenarios", () => {
      for (const [file, text] of Object.entries(files)) {
        test(file, () => {
          const fds = rememberFds(kernel);
          const trace = run(kernel, parseScenario(text, { file }));
          fds.check();
          if (trace.outcome === "skipped") {
            // Not a test left out: by its header the scenario is for another kernel than this one.
            expect(trace.reason).toMatch(/^(needs|is for) /);
            expect(trace.events).toEqual([]);
            return;
          }
          expect(unmet(trace)).toEqual([]);
          expect(trace.outcome).toBe("passed");
        });
      }
    });
  });
}

/** What did not come out as the scenario says, or could not be told, one line each. */
export function unmet(trace: Trace): readonly string[] {
  return trace.events.flatMap((event) => {
    const place = `line ${event.line ?? "?"}: ${event.text}`;
    if (event.verdict?.met === false) return [`${place}: ${event.verdict.why}`];
    const isUnknown = event.outcome !== "answered" && event.outcome !== "skipped";
    return isUnknown ? [`${place}: ${event.outcome} ${event.reason ?? ""}`] : [];
  });
}
