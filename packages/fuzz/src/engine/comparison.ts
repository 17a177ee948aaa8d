// SPDX-License-Identifier: MIT
import type { SequenceResult } from "../machine/machine.js";
import type { Finding, MinimizedFinding } from "./finding.js";

/** The result of a setup prefix. */
export interface SetupResult {
  /** The number of bytes that the setup read. The bytes of the steps follow. */
  readonly read: number;
  /** Whether a subject crashed. The rest of the block would crash in the same place. */
  readonly crashed?: boolean;
  readonly finding?: Finding;
}

/** The result of one sequence on all subjects. */
export interface Verdict {
  readonly input: Uint8Array;
  /** The result on the first subject, up to the last compared step. */
  readonly result: SequenceResult;
  /** Whether a subject reached new code. */
  readonly reachedNew?: boolean;
  /** The number of subjects that differ as the models of their releases do. */
  readonly expected?: number;
  /** Why the comparison ended before the last step, without a finding. */
  readonly ended?: readonly string[];
  /** Whether a subject crashed. The rest of the block would crash in the same place. */
  readonly crashed?: boolean;
  readonly finding?: Finding;
}

/**
 * Runs sequences on all subjects and compares the answers. `ModuleComparison` is for modules, which
 * generate sequences themselves. `KernelComparison` is for real kernels, which replay sequences.
 */
export interface Comparison {
  /** The number of sequences that share a setup prefix. */
  readonly blockSize: number;
  /** The number of sequences that {@link Comparison.run} takes at a time. */
  readonly batchSize: number;
  /** The maximum number of bytes after a setup prefix, if not the default. */
  readonly stepBytes?: number;
  /** Boots all subjects and runs a setup prefix. */
  setUp(prefix: Uint8Array): SetupResult;
  /** Runs inputs after the setup, and returns the available verdicts of these or earlier inputs. */
  run(inputs: readonly Uint8Array[]): Iterable<Verdict>;
  /** Returns the verdicts that {@link Comparison.run} has not returned yet. */
  finish(): Iterable<Verdict>;
  /** Minimises a finding. */
  minimize(finding: Finding): MinimizedFinding;
}
