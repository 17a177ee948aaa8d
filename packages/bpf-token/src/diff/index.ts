// SPDX-License-Identifier: MIT

import type { DiffSubject, SubjectOwn } from "@bpf-token/scenario";
/**
 * Runs the same scenario on several kernels, finds the differences step by step, and decides whether
 * the releases of the two kernels explain them.
 *
 * @packageDocumentation
 */
import { run, type Scenario } from "@bpf-token/scenario";
import { type Kernel, releaseOf } from "@bpf-token/syscall";
import { decidedBy } from "./places.js";

export {
  type Difference,
  type DiffReport,
  type DiffSubject,
  diff,
  type ModelRun,
  type Reason,
  type SubjectOwn,
} from "@bpf-token/scenario";
export { htmlReport } from "./html.js";
export { junitReport } from "./junit.js";
export { type MatcherResult, matchers } from "./matchers.js";
export { modelRuns } from "./model-runs.js";
export { decidedBy } from "./places.js";
export { sharing } from "./sharing.js";
export { type Cell, type Row, rowsOf } from "./table.js";

/**
 * Creates a subject from a function that opens a kernel. Each scenario runs on a fresh kernel, which is
 * closed afterwards.
 *
 * @param name - the name of the subject in reports.
 * @param own - which of its code is not the model's. For a module of `@bpf-token/upstream`: the paths of
 *   its files. Default: derived from the features of the kernel.
 * @param exits - the same code as a module of `buildExits()`, which reports the deciding source lines.
 * @throws whatever `open` throws; it is called once to read the release and the backend.
 * @example
 * ```ts
 * const older = subjectOf("6.12", () => createKernel({ release: "6.12" }));
 * const newer = subjectOf("6.18", () => createKernel({ release: "6.18" }));
 * const { differences } = diff(scenario, [older, newer], modelRuns());
 * ```
 */
export function subjectOf(
  name: string,
  open: () => Kernel,
  own?: SubjectOwn,
  exits?: WebAssembly.Module,
): DiffSubject {
  const probe = open();
  const release = releaseOf(probe);
  const { verifier, refusals } = probe.features;
  probe.close();
  return {
    name,
    release,
    own: own ?? (verifier ? "kernel" : refusals ? "model" : ["token.c"]),
    ...(exits && { places: (scenario: Scenario) => decidedBy(exits, scenario) }),
    run: (scenario: Scenario) => {
      const kernel = open();
      try {
        return run(kernel, scenario);
      } finally {
        kernel.close();
      }
    },
  };
}
