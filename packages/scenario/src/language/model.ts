// SPDX-License-Identifier: MIT

import type { KernelFeatures, SysctlName } from "@bpf-token/syscall";
import type { ErrnoName } from "@bpf-token/uapi";
import type { Position } from "./problems.js";

/**
 * An unresolved value of a scenario: names are not numbers yet, and `$name` is not an answer yet. Its
 * meaning depends on the argument; docs/scenario.md lists the forms. Integers beyond 2^53 are bigints.
 */
export type Value =
  | null
  | string
  | number
  | bigint
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Arguments by name, in the order of the call's parameters. Omitted ones are 0 or NULL. */
export type Args = Readonly<Record<string, Value>>;

/** The kernels on which a scenario or a step can run. */
export interface Needs {
  /** The first release: `6.9`, `6.13`, `v10`. */
  readonly since?: string;
  /** The last release. */
  readonly until?: string;
  /** The features that the backend must have. */
  readonly features?: readonly (keyof KernelFeatures)[];
  /** Why it cannot run on other kernels. Printed with the reason for a skip. */
  readonly why?: string;
}

/** An expectation of an answer. All given members must hold; without members, the answer must be ≥ 0. */
export interface Check {
  /** The required errno. Excludes `value`. */
  readonly errno?: ErrnoName;
  /** The required return value: an integer or `$name`. */
  readonly value?: Value;
  /** The check that must have refused; ignored on a backend that does not name checks. */
  readonly check?: string;
  /** Checks that must have decided, silent ones included, in this order. Others may come between. */
  readonly decisions?: readonly string[];
  /** The whole text that the step must read. */
  readonly text?: string;
  /** Strings that the text must contain. */
  readonly contains?: readonly string[];
  /** Strings that the text must not contain. */
  readonly lacks?: readonly string[];
  /** Regular expressions that must match a line of the text. */
  readonly matches?: readonly string[];
  /** By pointer argument or attr field: the required fields of the structure there, or a buffer. */
  readonly out?: Readonly<Record<string, Value>>;
}

/** One expectation for all kernels, or one per release. The newest that is not newer than the kernel counts. */
export type Expectation = Check | { readonly releases: Readonly<Record<string, Check>> };

/** One step: one task makes one call. */
export interface Step {
  /** The task that makes the call. */
  readonly by: string;
  /** A system call, an operation or a shorthand. */
  readonly call: string;
  /** The arguments of the call. */
  readonly args: Args;
  /** The name of the answer. */
  readonly as?: string;
  /** A description for readers: who does what, and why. */
  readonly say?: string;
  /** The expected answer; ≥ 0 if omitted. */
  readonly expect?: Expectation;
  /** The kernels on which this step runs; all if omitted. */
  readonly needs?: Needs;
  /** The position of the step in its file; undefined for a step that a program created. */
  readonly at?: Position;
}

/** A task of a scenario. */
export interface TaskName {
  readonly name: string;
  /** A description for readers. */
  readonly about?: string;
}

/** A scenario as plain data, as `parseScenario` returns it. */
export interface Scenario {
  readonly name: string;
  readonly about?: string;
  /** Ids of the rules of docs/spec that it tests. */
  readonly rules: readonly string[];
  readonly needs?: Needs;
  /** Sysctl values that must hold before the first step. */
  readonly sysctl?: Readonly<Partial<Record<SysctlName, number>>>;
  /** The only backends on which it runs; all if omitted. */
  readonly backends?: readonly string[];
  /** The tasks. The first exists from the start; `fork` steps create the others. */
  readonly tasks: readonly TaskName[];
  readonly steps: readonly Step[];
}

/**
 * Removes `at` from the steps, so that equal scenarios of different texts compare as equal.
 *
 * @example
 * ```ts
 * assert.deepEqual(withoutPositions(parseScenario(a)), withoutPositions(parseScenario(b)));
 * ```
 */
export function withoutPositions(scenario: Scenario): Scenario {
  const steps = scenario.steps.map((step) => {
    const copy: { at?: Position } & Step = { ...step };
    delete copy.at;
    return copy;
  });
  return { ...scenario, steps };
}
