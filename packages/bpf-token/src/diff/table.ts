// SPDX-License-Identifier: MIT
import type { Difference, DiffReport, DiffSubject, Trace, TraceEvent } from "@bpf-token/scenario";

/** What one subject answered at a step. */
export interface Cell {
  /** The errno, or the number. */
  readonly answer: string;
  /**
   * What refused, where that is known: the check, the file and line of the kernel's own text, or both:
   * a check of the model around it, behind the last line that was come to before.
   */
  readonly by: string | undefined;
}

/** A call and what each subject answered. */
export interface Row {
  /** From 0. */
  readonly step: number;
  /** Its line in the file, from 1. */
  readonly line: number | undefined;
  /** The task that called. */
  readonly task: string;
  /** The call as text. */
  readonly call: string;
  /** In the order of the subjects. */
  readonly cells: readonly Cell[];
  /** The differences that show here. */
  readonly differences: readonly Difference[];
}

const NONE: Cell = { answer: "–", by: undefined };

/** The calls of a scenario side by side, as the first subject made them. */
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
        // What decided a step decided its last call.
        const place = one === steps.get(step)?.at(-1) ? places[i]?.get(step) : undefined;
        return cellOf(one, place);
      });
      // A step of several calls shows its differences once, where the answers part.
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
  return { answer, by: by.length === 0 ? undefined : by.join(", behind ") };
}

/** The names of subjects, in the order of the cells. */
export function headOf(subjects: readonly DiffSubject[]): readonly string[] {
  return subjects.map(({ name }) => name);
}
