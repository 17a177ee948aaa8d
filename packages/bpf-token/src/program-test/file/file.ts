// SPDX-License-Identifier: MIT
import type { Delegation } from "@bpf-token/delegation";
import type { Position } from "@bpf-token/scenario";
import type { Plain } from "../values.js";

/** A file of tests: an object and what its programs must do. {@link readTestFile} reads it. */
export interface TestFile {
  /** The path of the object, from the folder of the file. */
  readonly object: string;
  /** The programs to load. Default: those that the tests run. */
  readonly programs: readonly Placed<string>[] | undefined;
  /** The kernels to run on: `bpf:7.3`, `native`. Default: the caller's choice. */
  readonly kernels: readonly string[] | undefined;
  /** Values of constants (`const volatile`) and initial values of variables, at the load. */
  readonly variables: Named | undefined;
  /** Chooses the random numbers of programs. */
  readonly seed: number | undefined;
  /** What the token of the loader delegates. Default: no token. */
  readonly delegation: Delegation | undefined;
  /** The effective capabilities of the loader, one bit each. Default: all. */
  readonly capabilities: bigint | undefined;
  readonly tests: readonly TestCase[];
}

/** Values by name, with the place of each name. */
export type Named = ReadonlyMap<string, Placed<Plain>>;

/** A value and its place in the file. */
export interface Placed<T> extends Position {
  readonly value: T;
}

/** Why a test failed, and the place in the file of what is wrong. */
export interface TestProblem extends Position {
  readonly text: string;
}

/** A problem at a place. */
export const problemAt = ({ line, column }: Position, text: string): TestProblem => ({
  ...{ line, column },
  text,
});

/** The place in a file of what a function works on, for the error that it throws. */
export interface Place {
  at: Position;
}

/** The place of what no file has. */
export const nowhere: Position = { line: 0, column: 0 };

/** A test: steps on a freshly loaded object. */
export interface TestCase extends Position {
  readonly name: string;
  readonly steps: readonly TestStep[];
}

/** One step: what is set, what runs, and what is expected afterwards. */
export interface TestStep extends Position {
  /** What to set before the run. */
  readonly set: StateOf;
  /** What the clocks of the kernel show from this step on, in nanoseconds. */
  readonly time: bigint | undefined;
  /** The program that runs; undefined for a step that only sets and compares. */
  readonly program: Placed<string> | undefined;
  readonly packet: Uint8Array | undefined;
  /** Bytes, or members of the struct that the program type has. */
  readonly context: Placed<Uint8Array | Plain> | undefined;
  readonly repeat: number | undefined;
  readonly expect: Expected;
}

/** Elements of maps and values of variables. */
export interface StateOf {
  readonly maps: ReadonlyMap<string, Placed<readonly Element[]>>;
  readonly variables: Named;
}

/** An element of a map. */
export interface Element {
  readonly key: Placed<Plain>;
  /** Null for an element that must not exist, or is deleted. */
  readonly value: Placed<Plain>;
}

/** What a step expects after its run. */
export interface Expected extends StateOf {
  /** The return value: a number, or a name such as `XDP_DROP`. */
  readonly returns: Placed<number | string> | undefined;
  /** The bytes of the packet; `unchanged` for those of the input. */
  readonly packet: Placed<Uint8Array | "unchanged"> | undefined;
  readonly context: Placed<Uint8Array | Plain> | undefined;
  /** How many elements maps have. */
  readonly elements: ReadonlyMap<string, Placed<number>>;
  /** The largest number of instructions that may run. */
  readonly instructions: Placed<number> | undefined;
  /** The largest number of instructions that the verifier may process for the program. */
  readonly verified: Placed<number> | undefined;
  /** Events by ring buffer, in order. All of them. */
  readonly events: ReadonlyMap<string, Placed<ExpectedEvents>>;
}

/** The events of a ring buffer. */
export interface ExpectedEvents {
  /** The type of an event: a struct of the object. Without it, events are bytes. */
  readonly type: string | undefined;
  readonly list: readonly Placed<Plain>[];
}
