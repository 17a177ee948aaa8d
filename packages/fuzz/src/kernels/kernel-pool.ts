// SPDX-License-Identifier: MIT
import { run, type Scenario, type Trace } from "@bpf-token/scenario";
import {
  type CallSequence,
  type Kernel,
  KernelLostError,
  type StepAnswer,
} from "@bpf-token/syscall";
import type { BatchAnswers } from "./subject.js";

/** A kernel that runs sequences in batches, as `@bpf-token/kernel-native` does. */
export interface BatchKernel extends Kernel {
  runSequences(sequences: readonly CallSequence[]): () => readonly (readonly StepAnswer[])[];
}

/** The number of concurrent executors of a real kernel. They mostly wait for the kernel. */
const WIDTH = 2;

/**
 * Opens kernels for many scenarios. A real kernel stays open, because each sequence runs in its own sandbox
 * root. A model boots for each scenario, in less than a millisecond.
 *
 * @example
 * ```ts
 * const pool = new KernelPool(() => createKernel({ release: "6.18" }), false);
 * const { outcome } = pool.run(scenario);
 * pool.close();
 * ```
 */
export class KernelPool {
  readonly #open: () => Kernel;
  readonly #isReal: boolean;
  #kernels: readonly Kernel[] | undefined;

  constructor(open: () => Kernel, isReal: boolean) {
    this.#open = open;
    this.#isReal = isReal;
  }

  run(scenario: Scenario): Trace {
    const [kernel] = this.#opened();
    const trace = run(kernel as Kernel, scenario);
    const lost = trace.events.some(({ outcome }) => outcome === "lost");
    if (lost || trace.events.length === 0 || !this.#isReal) this.close();
    return trace;
  }

  /** Returns the open real kernel, which is a {@link BatchKernel}. */
  runSequences(sequences: readonly CallSequence[]): () => BatchAnswers | undefined {
    const kernels = this.#opened() as readonly BatchKernel[];
    const share = Math.ceil(sequences.length / kernels.length);
    try {
      const collects = kernels.map((one, i) =>
        one.runSequences(sequences.slice(i * share, (i + 1) * share)),
      );
      return () => {
        try {
          const answers = collects.flatMap((collect) => collect());
          return { kernel: kernels[0] as Kernel, answers };
        } catch (error) {
          return this.#lose(error);
        }
      };
    } catch (error) {
      this.#lose(error);
      return () => undefined;
    }
  }

  close(): void {
    for (const kernel of this.#kernels ?? []) kernel.close();
    this.#kernels = undefined;
  }

  #opened(): readonly Kernel[] {
    const width = this.#isReal ? WIDTH : 1;
    this.#kernels ??= Array.from({ length: width }, this.#open);
    return this.#kernels;
  }

  /** Reopens all executors, because others may still be busy. */
  #lose(error: unknown): undefined {
    if (!(error instanceof KernelLostError)) throw error;
    this.close();
  }
}
