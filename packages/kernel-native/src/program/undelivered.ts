// SPDX-License-Identifier: MIT
import { syscallByNr } from "@bpf-token/uapi";
import type { WaitingCall } from "./intercepted.js";
import type { Args } from "./numbers.js";
import type { Outcome } from "./outcome.js";
import type { ProgramProcess } from "./processes.js";

/** Calls that the table does not have are older ones, most of which have two arguments. */
const ARGUMENTS_OF_OLDER = 2;

interface Kept {
  readonly call: WaitingCall;
  readonly outcome: Outcome;
}

/**
 * Answers that did not arrive. Before Linux 5.19 a signal interrupts a call that waits for its answer. The
 * program makes it again after the signal's handler, and the other kernel must not carry it out twice.
 */
export class UndeliveredAnswers {
  readonly #kept = new WeakMap<ProgramProcess, Map<number, Kept>>();

  /** Keeps the answer of a call that a signal interrupted. */
  keep(process: ProgramProcess, call: WaitingCall, outcome: Outcome): void {
    const ofThreads = this.#kept.get(process) ?? new Map<number, Kept>();
    this.#kept.set(process, ofThreads.set(call.tid, { call, outcome }));
  }

  /** The answer of a call, if a signal interrupted the same call of the same thread. */
  take(process: ProgramProcess, { tid, nr, args }: WaitingCall): Outcome | undefined {
    const ofThreads = this.#kept.get(process);
    const kept = ofThreads?.get(tid);
    // A handler makes calls of its own in the meantime.
    if (kept?.call.nr !== nr || !haveSameArguments(nr, kept.call.args, args)) return undefined;
    ofThreads?.delete(tid);
    return kept.outcome;
  }
}

/** Registers that are not arguments may differ. */
function haveSameArguments(nr: number, one: Args, other: Args): boolean {
  const count = syscallByNr.get(nr)?.args.length ?? ARGUMENTS_OF_OLDER;
  return one.slice(0, count).every((arg, i) => arg === other[i]);
}
