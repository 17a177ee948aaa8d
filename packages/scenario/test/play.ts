// SPDX-License-Identifier: MIT
import { parseScenario, run, type Trace } from "../src/index.ts";
import { FakeKernel, type FakeOptions } from "./fake-kernel.ts";

/** Runs steps on a fake kernel. */
export function play(
  steps: string,
  options: FakeOptions = {},
  header = "",
): Trace & { kernel: FakeKernel } {
  const kernel = new FakeKernel(options);
  const scenario = parseScenario(`name: x\n${header}steps:\n${steps}`);
  return { ...run(kernel, scenario), kernel };
}
