// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal, Unexplained } from "@bpf-token/syscall";
import type { ErrnoName } from "@bpf-token/uapi";
import type { AnswerKind } from "../language/calls.js";

/** The outcome of one call. Only `answered` has a result. */
export type EventOutcome =
  /** The kernel returned a value or an errno. */
  | "answered"
  /** Not made: the step's `needs` exclude this kernel. */
  | "skipped"
  /** Not made: the call needs an answer that an earlier step did not produce. */
  | "blocked"
  /** The backend does not model this call. */
  | "not-modelled"
  /** The safety rules of the backend refuse the call on a real kernel. */
  | "kept-away"
  /** The kernel was lost; no call follows. */
  | "lost"
  /** The scenario makes an invalid request, such as an unknown system call. */
  | "misuse";

/** Whether an expectation was met. */
export interface Verdict {
  /** The expectation: `EPERM by token.create.userns`. */
  readonly expected: string;
  readonly met: boolean;
  /** Why the expectation was not met, in one line. */
  readonly why?: string;
}

/** Memory that a call changed. */
export interface MemoryChange {
  /** The argument or attribute field that points at the memory. */
  readonly name: string;
  /** The bytes after the call, in hex. */
  readonly hex: string;
  /** The name of the structure, if known. */
  readonly struct?: string;
  /** The fields of the structure. Bytes and numbers above 2^53 are in hex. */
  readonly fields?: Readonly<Record<string, number | string>>;
}

/** One argument of a call, as text. */
export interface ShownArg {
  readonly name: string;
  readonly text: string;
  /** The fields of a bpf() attribute, if the command has a layout. */
  readonly fields?: readonly ShownArg[];
}

/** One call of a run. A shorthand has several events with the same `step`. */
export interface TraceEvent {
  /** The index of the call, from 0. */
  readonly index: number;
  /** The step of the scenario, from 0. */
  readonly step: number;
  /** The line of the step, if the scenario came from a file. */
  readonly line?: number;
  /** The task that made the call. */
  readonly task: string;
  /** The system call or operation. */
  readonly call: string;
  /** The shorthand to which the call belongs. */
  readonly part?: string;
  /** The description of the step, on its first call. */
  readonly say?: string;
  readonly args: readonly ShownArg[];
  /** The whole call as text: `fsopen("bpf", 0)`. */
  readonly text: string;
  readonly outcome: EventOutcome;
  /** Why there is no answer, if there is none. */
  readonly reason?: string;
  /** The return value: ≥ 0, or `-errno`. */
  readonly result?: number;
  /** The name of the errno; `E` and the number for one that has none. */
  readonly errno?: ErrnoName | `E${number}`;
  /** The meaning of the return value. */
  readonly returns: AnswerKind;
  /** The memory that the call changed. */
  readonly memory?: readonly MemoryChange[];
  /** The kernel's decisions during the call, including silent ones. */
  readonly decisions?: readonly DecisionStep[];
  /** Why the kernel refused the call. */
  readonly refusal?: Refusal;
  /** Why there is no reason for a refusal, if known. */
  readonly unexplained?: Unexplained;
  /** Whether the call only cleans up after a shorthand. */
  readonly cleanup?: true;
  /** The name of the answer, on the call that produces it. */
  readonly as?: string;
  /** The answer of a shorthand, if it is not the result of this call. */
  readonly answer?: number;
  /** The text that the step read. */
  readonly output?: string;
  /** The file from which the text came. */
  readonly outputOf?: string;
  /** The result of the step's expectation, on the call that decides it. */
  readonly verdict?: Verdict;
}

/** The outcome of a run; docs/scenario.md describes each. */
export type TraceOutcome = "passed" | "failed" | "skipped" | "unknown";

/** The record of a run: plain data, which `JSON.stringify` preserves. */
export interface Trace {
  /** The version of the format, which increases when a member changes its meaning. */
  readonly format: 1;
  /** The name of the scenario. */
  readonly scenario: string;
  readonly backend: string;
  /** The release of the kernel, as the backend reports it. */
  readonly release: string;
  readonly outcome: TraceOutcome;
  /** Why the run was skipped, or why its outcome is unknown. */
  readonly reason?: string;
  readonly events: readonly TraceEvent[];
}
