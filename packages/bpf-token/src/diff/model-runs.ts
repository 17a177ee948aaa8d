// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import type { ModelRun } from "@bpf-token/scenario";
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";

/** Runs scenarios on models of any release, each once. */
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
