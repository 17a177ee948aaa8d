// SPDX-License-Identifier: MIT
import type { DecisionStep, Refusal, Unexplained } from "@bpf-token/syscall";
import type { ErrnoName } from "@bpf-token/uapi";
import type { AnswerKind } from "../language/calls.js";

/** What became of one call. Only `answered` has a result. */
export type EventOutcome =
  /** The kernel answered, with a number or an errno. */
  | "answered"
  /** Not done: the kernel is none of those that the step is for. */
  | "skipped"
  /** Not done: it needs what an earlier step did not give. */
  | "blocked"
  /** The backend does not have this call. */
  | "not-modelled"
  /** The backend's safety rules keep the call away from a real kernel. */
  | "kept-away"
  /** The kernel is gone; nothing follows. */
  | "lost"
  /** The scenario asks for something that is no call at all. */
  | "misuse";

/** Whether an expectation was met. */
export interface Verdict {
  /** What was expected, short: `EPERM by token.create.userns`. */
  readonly expected: string;
  readonly met: boolean;
  /** If not: why not, in one line. */
  readonly why?: string;
}

/** Memory that a call left changed. */
export interface MemoryChange {
  /** The argument, or the field of the attribute, that points at it. */
  readonly name: string;
  /** Its bytes after the call, in hex. */
  readonly hex: string;
  /** The structure it is, if that is known. */
  readonly struct?: string;
  /** That structure's fields; numbers above 2^53 and bytes are in hex. */
  readonly fields?: Readonly<Record<string, number | string>>;
}

/** One argument of a call, as a person reads it. */
export interface ShownArg {
  readonly name: string;
  readonly text: string;
  /** The fields of an attribute of bpf(), where its command has a layout. */
  readonly fields?: readonly ShownArg[];
}

/** One call of a run. A shorthand is several, with the same `step`. */
export interface TraceEvent {
  /** Counts calls, from 0. */
  readonly index: number;
  /** The step of the scenario, from 0. */
  readonly step: number;
  /** Its line in the file, if it came from one. */
  readonly line?: number;
  /** The task that called. */
  readonly task: string;
  /** The system call or operation. */
  readonly call: string;
  /** The shorthand that it is a part of. */
  readonly part?: string;
  /** What the story says to it: at the first call of a step. */
  readonly say?: string;
  readonly args: readonly ShownArg[];
  /** The call as a whole: `fsopen("bpf", 0)`. */
  readonly text: string;
  readonly outcome: EventOutcome;
  /** Why there is no answer, if there is none. */
  readonly reason?: string;
  /** What the kernel answered: ≥ 0, or `-errno`. */
  readonly result?: number;
  /** The name of the errno; `E` and the number for one that has none. */
  readonly errno?: ErrnoName | `E${number}`;
  /** What kind of number the result is. */
  readonly returns: AnswerKind;
  /** The memory that the call changed. */
  readonly memory?: readonly MemoryChange[];
  /** What the kernel decided on the way, silent decisions included. */
  readonly decisions?: readonly DecisionStep[];
  /** Why it refused. */
  readonly refusal?: Refusal;
  /** Why nobody can say so, if the kernel can tell that. */
  readonly unexplained?: Unexplained;
  /** Whether it only cleans up behind a shorthand. */
  readonly cleanup?: true;
  /** The name of the answer: at the call that gives it. */
  readonly as?: string;
  /** The answer of a shorthand, where it is not the result of this call. */
  readonly answer?: number;
  /** The text that the step read. */
  readonly output?: string;
  /** The file that it came from. */
  readonly outputOf?: string;
  /** Whether the step's expectation was met: at the call that decides it. */
  readonly verdict?: Verdict;
}

/** How a run ended; docs/scenario.md says what each means. */
export type TraceOutcome = "passed" | "failed" | "skipped" | "unknown";

/** What happened when a scenario met a kernel: plain data, `JSON.stringify` keeps it. */
export interface Trace {
  /** Raised when a member changes its meaning. */
  readonly format: 1;
  /** The name of the scenario. */
  readonly scenario: string;
  readonly backend: string;
  /** The kernel's release as the backend gives it. */
  readonly release: string;
  readonly outcome: TraceOutcome;
  /** Why it was skipped or cannot be told. */
  readonly reason?: string;
  readonly events: readonly TraceEvent[];
}
