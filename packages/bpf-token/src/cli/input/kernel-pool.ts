// SPDX-License-Identifier: MIT
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import { type Kernel, KernelLostError } from "@bpf-token/syscall";
import type { KernelChoice } from "./kernels.js";

/**
 * Every scenario gets a kernel of its own, so that none can spoil the next. One that takes long to
 * start serves for as long as nothing is different from when it had started.
 */
export class Kernels {
  readonly #choice: KernelChoice;
  #kernel: Kernel | undefined;
  #fresh: number | undefined;

  constructor(choice: KernelChoice) {
    this.#choice = choice;
  }

  run(scenario: Scenario): Trace {
    let kernel: Kernel;
    try {
      kernel = this.#kernel ?? this.#choice.open();
    } catch (error) {
      if (error instanceof KernelLostError) return unbooted(this.#choice, scenario, error);
      throw error;
    }
    this.#kernel = kernel;
    let spoilt = true;
    try {
      if (this.#choice.shared) this.#fresh ??= kernel.readSysctl(SYSCTL);
      const trace = run(kernel, scenario);
      spoilt = !this.#choice.shared || trace.outcome === "unknown" || this.#isSpoilt(kernel);
      return trace;
    } finally {
      if (spoilt) this.close();
    }
  }

  close(): void {
    this.#kernel?.close();
    this.#kernel = undefined;
  }

  #isSpoilt(kernel: Kernel): boolean {
    return kernel.readSysctl(SYSCTL) !== this.#fresh;
  }
}

/** The trace of a kernel that crashes while it boots. */
function unbooted(
  { backend, release }: KernelChoice,
  { name }: Scenario,
  { reason: why }: KernelLostError,
): Trace {
  const reason = `it does not boot: ${why}`;
  const head = { format: 1, scenario: name, backend, release } as const;
  return { ...head, outcome: "unknown", reason, events: [] };
}

const SYSCTL = "kernel.unprivileged_bpf_disabled";
