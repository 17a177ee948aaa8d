// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { run, type Scenario } from "@bpf-token/scenario";
import { KernelLostError } from "@bpf-token/syscall";
import { decidingExit, type Exit, takeExits } from "@bpf-token/upstream/instrumented";

/**
 * Where in the kernel's own text each step of a scenario was decided: `token.c:42 in
 * bpf_token_create()`, by step from 0. Steps that no function of that text had a part in are missing.
 *
 * @param module - of `buildExits()` of `@bpf-token/upstream/instrumented`.
 */
export function decidedBy(
  module: WebAssembly.Module,
  scenario: Scenario,
): ReadonlyMap<number, string> {
  const places = new Map<number, string>();
  try {
    const kernel = createKernel({ module });
    const onStep = ({ step }: { readonly step: number }): void => {
      const exit = decidingExit(takeExits(kernel, module));
      if (exit !== undefined) places.set(step, placeOf(exit));
    };
    run(kernel, scenario, { onStep });
    kernel.close();
  } catch (error) {
    // That it does not boot, its run has told.
    if (!(error instanceof KernelLostError)) throw error;
  }
  return places;
}

function placeOf({ file, line, function: name }: Exit): string {
  return `${file.split("/").at(-1)}:${line} in ${name}()`;
}
