// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import type { ModelRun } from "@bpf-token/scenario";
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";

/**
 * Returns a function that runs a scenario on the model of a release. It runs each pair once and keeps the
 * trace. `diff` uses it to find expected differences.
 *
 * @example
 * ```ts
 * diff(scenario, subjects, modelRuns());
 * ```
 */
export function modelRuns(): ModelRun {
  const done = new WeakMap<Scenario, Map<KernelRelease, Trace>>();
  return (scenario, release) => {
    const runs = done.get(scenario) ?? new Map<KernelRelease, Trace>();
    done.set(scenario, runs);
    let trace = runs.get(release);
    if (trace === undefined) {
      const kernel = createKernel({ release });
      trace = run(kernel, scenario);
      kernel.close();
      runs.set(release, trace);
    }
    return trace;
  };
}
