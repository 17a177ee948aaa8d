// SPDX-License-Identifier: MIT
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import { type Kernel, KernelLostError } from "@bpf-token/syscall";
import type { Subject } from "./subject.js";

/**
 * Runs scenarios on a subject, each on a fresh kernel. A shared kernel, which is slow to start, is reused
 * until a scenario changes it.
 *
 * @example
 * ```ts
 * const pool = new KernelPool(await findSubject("model"));
 * const { outcome } = pool.run(scenario);
 * pool.close();
 * ```
 */
export class KernelPool {
  readonly #subject: Subject;
  #kernel: Kernel | undefined;
  #fresh: number | undefined;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  run(scenario: Scenario): Trace {
    let kernel: Kernel;
    try {
      kernel = this.#kernel ?? this.#subject.open();
    } catch (error) {
      if (error instanceof KernelLostError) return unbooted(this.#subject, scenario, error);
      throw error;
    }
    this.#kernel = kernel;
    let spoilt = true;
    try {
      if (this.#subject.shared) this.#fresh ??= kernel.readSysctl(SYSCTL);
      const trace = run(kernel, scenario);
      spoilt = !this.#subject.shared || trace.outcome === "unknown" || this.#isSpoilt(kernel);
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

/** The trace for a kernel that crashes during boot. */
function unbooted(
  { backend, release }: Subject,
  { name }: Scenario,
  { reason: why }: KernelLostError,
): Trace {
  const reason = `the kernel does not boot: ${why}`;
  const head = { format: 1, scenario: name, backend, release } as const;
  return { ...head, outcome: "unknown", reason, events: [] };
}

const SYSCTL = "kernel.unprivileged_bpf_disabled";
