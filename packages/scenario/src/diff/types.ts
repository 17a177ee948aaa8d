// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { Scenario } from "../language/model.js";
import type { Divergence } from "../trace/compare.js";
import type { Trace } from "../trace/trace.js";

/** A kernel in a comparison; `subjectOf` of `bpf-token/diff` creates one. */
export interface DiffSubject {
  /** The name in reports: `model@6.12`, `upstream:mine@6.12`, `native`. */
  readonly name: string;
  /** The release whose behaviour the kernel should have. */
  readonly release: KernelRelease;
  /** Which code it does not share with the model. */
  readonly own: SubjectOwn;
  /** Runs a scenario on a fresh kernel. */
  run(scenario: Scenario): Trace;
  /**
   * Returns the line of upstream source that decided each step, by step from 0, where known.
   */
  places?(scenario: Scenario): ReadonlyMap<number, string>;
}

/** The code that answers: the model's, a real kernel's, or upstream files (paths) within the model. */
export type SubjectOwn = "model" | "kernel" | readonly string[];

/** A difference between the first subject and another one. */
export interface Difference extends Divergence, Reason {
  /** The name of the other subject. */
  readonly other: string;
}

/** The result of comparing one scenario. */
export interface DiffReport {
  /** The scenario that the subjects ran. */
  readonly scenario: Scenario;
  /** The trace of each subject, in their order. */
  readonly traces: readonly Trace[];
  /** For each subject, the line of upstream source that decided a step, by step from 0. */
  readonly places: readonly ReadonlyMap<number, string>[];
  /** Every difference from the first subject, in order. */
  readonly differences: readonly Difference[];
  /** Whether at least one difference is not explained by the releases. */
  readonly unexpected: boolean;
}

/** Runs a scenario on the model of a release. */
export type ModelRun = (scenario: Scenario, release: KernelRelease) => Trace;

/** The reason for a difference between two subjects. */
export interface Reason {
  /** Whether the releases of the two subjects explain it. */
  readonly expected: boolean;
  /** The rules of docs/spec that differ between the releases at this step; empty if unexpected. */
  readonly rules: readonly string[];
}
