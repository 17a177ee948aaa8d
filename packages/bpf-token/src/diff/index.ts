// SPDX-License-Identifier: MIT

import type { DiffSubject, SubjectOwn } from "@bpf-token/scenario";
/**
 * The same scenario on several kernels, step by step: what differs, and whether the releases of the
 * two explain it.
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
 * A subject out of a way to open a kernel: each scenario gets a fresh one, which is closed.
 *
 * @param own - what of it is not the model's code; for a module of `@bpf-token/upstream` the paths of
 *   its files. Default: that of the kernel's backend.
 * @param exits - the same as a module of `buildExits()`, which tells the lines that decided.
 */
export function subjectOf(
  name: string,
  open: () => Kernel,
  own?: SubjectOwn,
  exits?: WebAssembly.Module,
): DiffSubject {
  const probe = open();
  const release = releaseOf(probe);
  const backend = probe.backend;
  probe.close();
  return {
    name,
    release,
    own: own ?? (backend === "model" ? "model" : backend === "upstream" ? ["token.c"] : "kernel"),
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
