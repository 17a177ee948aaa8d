// SPDX-License-Identifier: MIT

import type { KernelFeatures, SysctlName } from "@bpf-token/syscall";
import type { ErrnoName } from "@bpf-token/uapi";
import type { Position } from "./problems.js";

/**
 * A value as it is written in a scenario: names are not yet numbers, `$name` is not yet an answer.
 * What it means depends on the argument; docs/scenario.md lists the forms. Integers are numbers
 * where those are exact, bigints above.
 */
export type Value =
  | null
  | string
  | number
  | bigint
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Arguments by name, in the order of the call's parameters; those left out are 0 or NULL. */
export type Args = Readonly<Record<string, Value>>;

/** What a kernel must be for a scenario or a step to make sense on it. */
export interface Needs {
  /** The first release, itself included: `6.9`, `6.13`, `v10`. */
  readonly since?: string;
  /** The last release, itself included. */
  readonly until?: string;
  /** What the backend must be able to do beyond calls. */
  readonly features?: readonly (keyof KernelFeatures)[];
}

/** What must hold of an answer; every member that is there. Without any: the answer is ≥ 0. */
export interface Check {
  /** The errno that must come. Excludes `value`. */
  readonly errno?: ErrnoName;
  /** The number that must come: an integer or `$name`. */
  readonly value?: Value;
  /** Which check must have refused; looked at where the backend names refusals. */
  readonly check?: string;
  /** Checks that must have decided, in this order among others, silent ones included. */
  readonly decisions?: readonly string[];
  /** The whole text that a step read. */
  readonly text?: string;
  /** Pieces that the text must have. */
  readonly contains?: readonly string[];
  /** Pieces that the text must not have. */
  readonly lacks?: readonly string[];
  /** Regular expressions that the text must match, line by line. */
  readonly matches?: readonly string[];
  /** By argument or attr field that is a pointer: fields of the structure there, or a buffer. */
  readonly out?: Readonly<Record<string, Value>>;
}

/** One expectation for all kernels, or one per release: the newest that is not too new counts. */
export type Expectation = Check | { readonly releases: Readonly<Record<string, Check>> };

/** One step: one task does one thing. */
export interface Step {
  /** The task that does it. */
  readonly by: string;
  /** A system call, an operation or a shorthand. */
  readonly call: string;
  /** Its arguments. */
  readonly args: Args;
  /** The name of the answer. */
  readonly as?: string;
  /** Who does what and why, for a person. */
  readonly say?: string;
  /** What the kernel has to answer; ≥ 0 if it is left out. */
  readonly expect?: Expectation;
  /** The kernels on which this step is done; all if it is left out. */
  readonly needs?: Needs;
  /** Where the step stands in its file; steps made by programs have none. */
  readonly at?: Position;
}

/** One task of the story. */
export interface TaskName {
  readonly name: string;
  /** Who it is, for a person. */
  readonly about?: string;
}

/** A scenario: a plain value, equal on every machine. */
export interface Scenario {
  readonly name: string;
  readonly about?: string;
  /** Ids of rules of the specification that it exercises. */
  readonly rules: readonly string[];
  readonly needs?: Needs;
  /** Values that must hold before the first step. */
  readonly sysctl?: Readonly<Partial<Record<SysctlName, number>>>;
  /** The only backends it is for; all if it is left out. */
  readonly backends?: readonly string[];
  /** The tasks; the first is there from the start, the others are forked. */
  readonly tasks: readonly TaskName[];
  readonly steps: readonly Step[];
}

/** The value without `at` of its steps: two texts that say the same are equal by this. */
export function withoutPositions(scenario: Scenario): Scenario {
  const steps = scenario.steps.map((step) => {
    const copy: { at?: Position } & Step = { ...step };
    delete copy.at;
    return copy;
  });
  return { ...scenario, steps };
}
