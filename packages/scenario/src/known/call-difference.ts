// SPDX-License-Identifier: MIT
import type { Divergence, DivergenceKind } from "../trace/compare.js";
import type { MemoryChange, ShownArg, Trace, TraceEvent } from "../trace/trace.js";

/** The answer of a kernel to a call. */
export interface CallAnswer {
  /** `ok`, the name of an errno, or why there is no answer: `kept-away`. */
  readonly word: string;
  /** The return value, if the kernel answered. */
  readonly value?: number;
}

/** Memory whose contents differ after a call. */
export interface MemoryDifference {
  readonly name: string;
  /** The fields that differ; undefined for memory without fields. */
  readonly fields?: readonly string[];
  readonly model?: MemoryChange;
  readonly kernel?: MemoryChange;
}

/** Arguments, or fields of an attribute, by name. A value is a text without quotes, or a number. */
export type CallValues = Readonly<Record<string, string>>;

/** A call that a model and a real kernel answer differently. */
export interface CallDifference extends EarlierCall {
  readonly what: DivergenceKind;
  readonly model: CallAnswer;
  readonly kernel: CallAnswer;
  readonly memory?: MemoryDifference;
  /** The calls of earlier steps. */
  readonly before: readonly EarlierCall[];
}

/** A call of an earlier step. */
export interface EarlierCall {
  readonly call: string;
  readonly args: CallValues;
  /** The fields of the attribute, for bpf(). */
  readonly attr: CallValues;
}

/**
 * Returns the call at which two runs diverge.
 *
 * @returns undefined if the runs differ as a whole, or if only one of them made the call.
 * @example
 * ```ts
 * const [divergence] = compare(model, kernel);
 * const difference = divergence && callDifference(divergence, model, kernel);
 * ```
 */
export function callDifference(
  { what, step = 0, calls, memory }: Divergence,
  model: Trace,
  kernel: Trace,
): CallDifference | undefined {
  const [a, b] = [model.events[calls?.[0] ?? -1], kernel.events[calls?.[1] ?? -1]];
  if (a === undefined || b === undefined) return undefined;
  const changed = ({ memory: all }: TraceEvent): MemoryChange | undefined =>
    all?.find(({ name }) => name === memory?.name);
  const [inA, inB] = [changed(a), changed(b)];
  return {
    ...{ call: a.call, args: values(a.args), attr: attrOf(a), what },
    ...{ model: answerOf(a), kernel: answerOf(b) },
    ...(memory === undefined
      ? {}
      : {
          memory: {
            ...memory,
            ...(inA === undefined ? {} : { model: inA }),
            ...(inB === undefined ? {} : { kernel: inB }),
          },
        }),
    before: model.events
      .filter((event) => event.step < step)
      .map((event) => ({ call: event.call, args: values(event.args), attr: attrOf(event) })),
  };
}

function answerOf({ outcome, errno, result }: TraceEvent): CallAnswer {
  const word = outcome === "answered" ? (errno ?? "ok") : outcome;
  return result === undefined ? { word } : { word, value: result };
}

function attrOf({ args }: TraceEvent): CallValues {
  return values(args.find(({ name }) => name === "attr")?.fields ?? []);
}

function values(args: readonly ShownArg[]): CallValues {
  return Object.fromEntries(args.map(({ name, text }) => [name, unquoted(text)]));
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? String(JSON.parse(text)) : text;
}
