// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi";
import type { Scenario } from "../language/model.js";
import type { Divergence } from "../trace/compare.js";
import type { Trace } from "../trace/trace.js";

/** A kernel that is compared. */
export interface DiffSubject {
  /** As it is called: `model@6.12`, `upstream:mine@6.12`, `native`. */
  readonly name: string;
  /** The release whose behaviour it should have. */
  readonly release: KernelRelease;
  /** What of it is not shared with the model. */
  readonly own: SubjectOwn;
  /** Lives through a scenario, from a fresh start. */
  run(scenario: Scenario): Trace;
  /**
   * Where in the kernel's own text each step was decided, by step from 0, where that is known.
   */
  places?(scenario: Scenario): ReadonlyMap<number, string>;
}

/** Whose code answers: the model's, a real kernel's, or the kernel's own files within the model. */
export type SubjectOwn = "model" | "kernel" | readonly string[];

/** A difference between the first subject and another one. */
export interface Difference extends Divergence, Reason {
  /** The other one's name; the first is always the first. */
  readonly other: string;
}

/** What came of comparing one scenario. */
export interface DiffReport {
  /** What they lived through. */
  readonly scenario: Scenario;
  /** What each subject did, in their order. */
  readonly traces: readonly Trace[];
  /** Of each subject, where in the kernel's own text a step was decided, by step from 0. */
  readonly places: readonly ReadonlyMap<number, string>[];
  /** Every difference to the first subject, in order. */
  readonly differences: readonly Difference[];
  /** Whether one of them is not explained by the releases of the two. */
  readonly unexpected: boolean;
}

/** Runs a scenario on the model of a release. */
export type ModelRun = (scenario: Scenario, release: KernelRelease) => Trace;

/** Why two subjects differ at a step. */
export interface Reason {
  /** Whether the releases of the two explain it. */
  readonly expected: boolean;
  /** The rules of the specification that differ between the releases there; empty if unexpected. */
  readonly rules: readonly string[];
}
