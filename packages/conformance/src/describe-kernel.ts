// SPDX-License-Identifier: MIT
import { parseScenario, run, type Trace } from "@bpf-token/scenario";
import type { Kernel } from "@bpf-token/syscall";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { facadeSuite } from "./facade-suite.js";
import { rememberFds } from "./leaks.js";

/** Texts of scenario files, by file name. */
export type ScenarioFiles = Readonly<Record<string, string>>;

/**
 * Registers the whole suite for one kernel with Vitest: every scenario, and the tests that a scenario cannot
 * express.
 *
 * @param name - the name of the kernel in the test report.
 * @param make - opens a fresh kernel, which the suite closes at the end.
 * @param files - the scenarios to run, by file name.
 * @example
 * ```ts
 * describeKernel("my kernel", () => openMyKernel(), { "a.yaml": text });
 * ```
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
            // The test passes: the scenario's header excludes this kernel.
            expect(trace.reason).toMatch(/^(needs|applies only) /);
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

/** Lists the unmet expectations and unknown answers, one line each. */
export function unmet(trace: Trace): readonly string[] {
  return trace.events.flatMap((event) => {
    const place = `line ${event.line ?? "?"}: ${event.text}`;
    if (event.verdict?.met === false) return [`${place}: ${event.verdict.why}`];
    const isUnknown = event.outcome !== "answered" && event.outcome !== "skipped";
    return isUnknown ? [`${place}: ${event.outcome} ${event.reason ?? ""}`] : [];
  });
}
