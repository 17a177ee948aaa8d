// SPDX-License-Identifier: MIT
import type { Difference, DiffReport, DiffSubject, Trace, TraceEvent } from "@bpf-token/scenario";

/** The answer of one subject to a call. */
export interface Cell {
  /** The name of the errno, or the return value. */
  readonly answer: string;
  /**
   * What refused the call, if known: a check of the model, a line of upstream source, or both. With
   * both, the check refused after the upstream source had reached that line.
   */
  readonly by: string | undefined;
}

/** A call and the answer of each subject. */
export interface Row {
  /** The number of the step, from 0. */
  readonly step: number;
  /** The line of the step in the file, from 1. */
  readonly line: number | undefined;
  /** The task that made the call. */
  readonly task: string;
  /** The call as text. */
  readonly call: string;
  /** The answers, in the order of the subjects. */
  readonly cells: readonly Cell[];
  /** The differences of the step, on one of its rows. */
  readonly differences: readonly Difference[];
}

const NONE: Cell = { answer: "–", by: undefined };

/**
 * Returns the calls of the first subject, each with the answers of all subjects.
 *
 * @example
 * ```ts
 * for (const { call, cells } of rowsOf(diff(scenario, subjects, modelRuns()))) {
 *   console.log(call, cells.map(({ answer }) => answer));
 * }
 * ```
 */
export function rowsOf({ traces, places, differences }: DiffReport): readonly Row[] {
  const [first] = traces;
  if (first === undefined) return [];
  const columns = traces.map(callsByStep);
  const shown = new Set<number>();
  return first.events
    .filter((event) => event.cleanup !== true)
    .map((event): Row => {
      const { step, line, task, text } = event;
      const at = (columns[0]?.get(step) ?? []).indexOf(event);
      const cells = columns.map((steps, i) => {
        const one = steps.get(step)?.[at];
        // The deciding line belongs to the last call of a step.
        const place = one === steps.get(step)?.at(-1) ? places[i]?.get(step) : undefined;
        return cellOf(one, place);
      });
      // A step with several calls shows its differences once, at the first call whose answers differ.
      const own = differences.filter((difference) => difference.step === step);
      const apart = new Set(cells.map(({ answer }) => answer)).size > 1;
      const last = at === (columns[0]?.get(step)?.length ?? 0) - 1;
      const here = !shown.has(step) && own.length > 0 && (apart || last);
      if (here) shown.add(step);
      return { step, line, task, call: text, cells, differences: here ? own : [] };
    });
}

function callsByStep({ events }: Trace): ReadonlyMap<number, readonly TraceEvent[]> {
  const steps = new Map<number, TraceEvent[]>();
  for (const event of events) {
    if (event.cleanup === true) continue;
    const calls = steps.get(event.step) ?? [];
    calls.push(event);
    steps.set(event.step, calls);
  }
  return steps;
}

function cellOf(event: TraceEvent | undefined, place: string | undefined): Cell {
  if (event === undefined) return NONE;
  const answer = event.errno ?? (event.result === undefined ? event.outcome : String(event.result));
  const by = [event.refusal?.check, event.errno === undefined ? undefined : place].filter(
    (one) => one !== undefined,
  );
  return { answer, by: by.length === 0 ? undefined : by.join(", after ") };
}

/** The names of subjects, in the order of the cells. */
export function headOf(subjects: readonly DiffSubject[]): readonly string[] {
  return subjects.map(({ name }) => name);
}
