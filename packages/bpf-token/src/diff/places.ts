// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { run, type Scenario } from "@bpf-token/scenario";
import { KernelLostError } from "@bpf-token/syscall";
import { decidingExit, type Exit, takeExits } from "@bpf-token/upstream/instrumented";

/**
 * Runs a scenario on instrumented upstream source and returns the line that decided each step.
 *
 * @param module - a module of `buildExits()` of `@bpf-token/upstream/instrumented`.
 * @returns places such as `token.c:42 in bpf_token_create()`, by step from 0. A step that ran no function
 *   of the upstream files has no entry. Empty if the module does not boot.
 * @example
 * ```ts
 * for (const [step, place] of decidedBy(exits, scenario)) console.log(step, place);
 * ```
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
    // The trace of the uninstrumented module already reports that it does not boot.
    if (!(error instanceof KernelLostError)) throw error;
  }
  return places;
}

function placeOf({ file, line, function: name }: Exit): string {
  return `${file.split("/").at(-1)}:${line} in ${name}()`;
}
