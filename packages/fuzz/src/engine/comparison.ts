// SPDX-License-Identifier: MIT
import type { SequenceResult } from "../machine/machine.js";
import type { Finding, MinimizedFinding } from "./finding.js";

/** How a setup prefix ended. */
export interface SetupResult {
  /** How many bytes of the prefix the setup read. Steps follow after them. */
  readonly read: number;
  /** A subject crashed: the rest of the block would end in the same place. */
  readonly crashed?: boolean;
  readonly finding?: Finding;
}

/** How one sequence ended on all subjects. */
export interface Verdict {
  readonly input: Uint8Array;
  /** Of the first subject, as far as the sequence was compared. */
  readonly result: SequenceResult;
  /** A subject reached code that it had not reached before. */
  readonly reachedNew?: boolean;
  /** How many subjects differ as the models of their releases do. */
  readonly expected?: number;
  /** Why the comparison ended before the last step, without a finding. */
  readonly ended?: readonly string[];
  /** A subject crashed: the rest of the block would end in the same place. */
  readonly crashed?: boolean;
  readonly finding?: Finding;
}

/**
 * Runs sequences on all subjects and compares them. There is one for modules, which generate and run
 * sequences by themselves, and one for real kernels, which replay what a machine generated.
 */
export interface Comparison {
  /** How many sequences share a setup prefix. */
  readonly blockSize: number;
  /** How many sequences {@link Comparison.run} takes at a time. */
  readonly batchSize: number;
  /** The most bytes after a setup prefix, where it is not the default. */
  readonly stepBytes?: number;
  /** Runs a setup prefix from boot on. */
  setUp(prefix: Uint8Array): SetupResult;
  /** Runs inputs from the end of the setup on, and returns what is known of these or earlier inputs. */
  run(inputs: readonly Uint8Array[]): Iterable<Verdict>;
  /** Returns the verdicts that {@link Comparison.run} has not returned yet. */
  finish(): Iterable<Verdict>;
  /** Makes a finding as small as possible while it stays a finding. */
  minimize(finding: Finding): MinimizedFinding;
}
