// SPDX-License-Identifier: MIT

import { quote } from "../run/render.js";
import { type MemoryText, Renamer } from "./normalise.js";
import type { ShownArg, Trace, TraceEvent } from "./trace.js";

/** The kind of a difference between two calls. */
export type DivergenceKind =
  /** One run made a call that the other did not make. */
  | "shape"
  /** One call was answered and the other was not. */
  | "outcome"
  /** The return values or the errnos differ. */
  | "result"
  /** The texts that were read differ. */
  | "text"
  /** The memory that the kernel wrote differs. */
  | "memory"
  /** The refusing checks differ; only if both kernels name one. */
  | "check";

/** One difference between two runs of a scenario. */
export interface Divergence {
  readonly what: DivergenceKind;
  /** The step, from 0; undefined if the runs differ as a whole. */
  readonly step?: number;
  /** The line of the step in its file. */
  readonly line?: number;
  /** The value in the first run, with renamed numbers. */
  readonly a: string;
  /** The value in the second run, with renamed numbers. */
  readonly b: string;
  /** The two calls, as indices of the events of the runs. */
  readonly calls?: readonly [a: number | undefined, b: number | undefined];
  /** The memory that differs, and the differing fields if known. */
  readonly memory?: ChangedMemory;
  /** The difference as one line of text. */
  readonly message: string;
}

/** Memory whose contents differ after two calls. */
export interface ChangedMemory {
  readonly name: string;
  /** The fields that differ, with renamed numbers; undefined for memory without fields. */
  readonly fields?: readonly string[];
}

/** Options of {@link compare}. */
export interface CompareRules {
  /**
   * `equal` (default): file descriptors must have the same numbers, because the kernel picks the lowest
   * free one. `renamed`: file descriptors are renamed in order of appearance.
   */
  readonly fds?: "equal" | "renamed";
}

/**
 * Compares two runs of one scenario.
 *
 * First renames process ids and the numbers of inodes, devices, mounts and BPF objects in order of
 * appearance. Ignores logs, times, the number of reads of `read_file`, and the lines of mount tables that
 * are not about a bpffs. Ignores a step that one of the runs skipped because of its `needs`.
 *
 * @returns the differences in order of the steps.
 * @example
 * ```ts
 * const a = run(createKernel({ release: "6.12" }), scenario);
 * const b = run(createKernel({ release: "6.18" }), scenario);
 * for (const { message } of compare(a, b)) console.log(message);
 * ```
 */
export function compare(a: Trace, b: Trace, rules: CompareRules = {}): readonly Divergence[] {
  const whole = compareWhole(a, b);
  if (whole !== undefined) return [whole];
  if (a.outcome === "skipped") return [];
  return new Comparison(a, b, rules).run();
}

/** Names a run in messages: its backend, with the release if both backends are the same. */
function labels(a: Trace, b: Trace): readonly [string, string] {
  const full = (trace: Trace): string => `${trace.backend} ${trace.release}`;
  return a.backend === b.backend ? [full(a), full(b)] : [a.backend, b.backend];
}

function compareWhole(a: Trace, b: Trace): Divergence | undefined {
  if (a.scenario !== b.scenario) {
    const message = `not the same scenario: '${a.scenario}' and '${b.scenario}'`;
    return { what: "shape", a: a.scenario, b: b.scenario, message };
  }
  const idle = [a, b].filter(isIdle);
  const [one] = idle;
  if (idle.length !== 1 || one === undefined) return undefined;
  const [first, second] = labels(a, b);
  const did = one.outcome === "skipped" ? "skipped" : "did not begin";
  const message = `${one === a ? first : second} ${did} it: ${one.reason ?? "no reason given"}`;
  return { what: "outcome", a: a.outcome, b: b.outcome, message };
}

/** Returns whether a scenario was skipped, or could not begin. */
function isIdle({ outcome, events }: Trace): boolean {
  return outcome === "skipped" || (outcome === "unknown" && events.length === 0);
}

class Comparison {
  readonly #names: readonly [string, string];
  readonly #a: Renamer;
  readonly #b: Renamer;
  readonly #stepsA: ReadonlyMap<number, readonly TraceEvent[]>;
  readonly #stepsB: ReadonlyMap<number, readonly TraceEvent[]>;
  /** Upstream source names no checks; only the model around it does, so they cannot be compared. */
  readonly #named: boolean;
  readonly #found: Divergence[] = [];

  constructor(a: Trace, b: Trace, rules: CompareRules) {
    this.#names = labels(a, b);
    this.#named = a.backend !== "upstream" && b.backend !== "upstream";
    this.#a = new Renamer(rules.fds === "renamed");
    this.#b = new Renamer(rules.fds === "renamed");
    this.#stepsA = bySteps(a);
    this.#stepsB = bySteps(b);
  }

  run(): readonly Divergence[] {
    const steps = new Set([...this.#stepsA.keys(), ...this.#stepsB.keys()]);
    for (const step of [...steps].sort((x, y) => x - y)) {
      const a = this.#stepsA.get(step) ?? [];
      const b = this.#stepsB.get(step) ?? [];
      const pairs = Math.max(a.length, b.length);
      for (let i = 0; i < pairs && this.#pair(a[i], b[i]); i++);
      // A lost kernel makes no further call.
      if ([...a, ...b].some(({ outcome }) => outcome === "lost")) break;
    }
    return this.#found;
  }

  /** Compares two calls; returns false if later differences of the step are only consequences. */
  #pair(a: TraceEvent | undefined, b: TraceEvent | undefined): boolean {
    // A blocked call differs only because an earlier answer is missing.
    const blocked = a?.outcome === "blocked" || b?.outcome === "blocked";
    if (blocked && this.#found.length > 0) return false;
    if (a === undefined || b === undefined || a.call !== b.call) {
      this.#add("shape", [a, b], a?.text ?? "nothing", b?.text ?? "nothing");
      return false;
    }
    // Because of its `needs`, the step runs on only one of the two kernels.
    if (a.outcome === "skipped" || b.outcome === "skipped") return false;
    if (a.outcome !== b.outcome) {
      this.#add("outcome", [a, b], withReason(a), withReason(b));
      return false;
    }
    if (a.outcome === "answered") this.#answers(a, b);
    return a.errno === b.errno;
  }

  #answers(a: TraceEvent, b: TraceEvent): void {
    this.#differ("result", [a, b], this.#a.result(a), this.#b.result(b));
    if (a.output !== undefined || b.output !== undefined) {
      const textA = this.#a.text(a.output ?? "", a.outputOf);
      const textB = this.#b.text(b.output ?? "", b.outputOf);
      this.#differ("text", [a, b], ...firstDifference(textA, textB));
    }
    this.#memory(a, b);
    if (this.#named && a.refusal !== undefined && b.refusal !== undefined) {
      this.#differ("check", [a, b], a.refusal.check, b.refusal.check);
    }
  }

  #memory(a: TraceEvent, b: TraceEvent): void {
    const names = new Set([...(a.memory ?? []), ...(b.memory ?? [])].map((m) => m.name));
    for (const name of names) {
      const inA = a.memory?.find((m) => m.name === name);
      const inB = b.memory?.find((m) => m.name === name);
      const linesA = inA === undefined ? NO_CHANGE : this.#a.memory(inA);
      const linesB = inB === undefined ? NO_CHANGE : this.#b.memory(inB);
      if (linesA === undefined || linesB === undefined) continue;
      const [textA, textB] = [linesA, linesB].map(memoryText);
      if (textA === textB) continue;
      const fields = differing(linesA, linesB);
      const memory = fields === undefined ? { name } : { name, fields };
      this.#add("memory", [a, b], `${name}: ${textA}`, `${name}: ${textB}`, memory);
    }
  }

  #differ(what: DivergenceKind, pair: Pair, a: string, b: string): void {
    if (a !== b) this.#add(what, pair, a, b);
  }

  #add(what: DivergenceKind, pair: Pair, a: string, b: string, memory?: ChangedMemory): void {
    const at = pair[0] ?? pair[1];
    if (at === undefined) return;
    const line = at.line === undefined ? "" : ` (line ${at.line})`;
    const [first, second] = this.#names;
    const kind = what === "result" ? "" : `${what}: `;
    const message = `step ${at.step + 1}${line}, ${at.task}: ${at.text}: ${kind}${first} ${a}, ${second} ${b}`;
    this.#found.push({
      what,
      step: at.step,
      ...(at.line === undefined ? {} : { line: at.line }),
      ...{ a, b, calls: [pair[0]?.index, pair[1]?.index] },
      ...(memory === undefined ? {} : { memory }),
      message,
    });
  }
}

/** A call in both runs. */
type Pair = readonly [TraceEvent | undefined, TraceEvent | undefined];

const NO_CHANGE: MemoryText = "unchanged";

function memoryText(memory: MemoryText): string {
  if (typeof memory === "string") return memory;
  return memory.map(({ name, text }) => `${name}=${text}`).join(" ");
}

/** Returns the fields that differ; undefined if one of the two has no fields. */
function differing(a: MemoryText, b: MemoryText): readonly string[] | undefined {
  if (typeof a === "string" || typeof b === "string") return undefined;
  const names = [...new Set([...a, ...b].map(({ name }) => name))];
  const textOf = (fields: readonly ShownArg[], name: string): string | undefined =>
    fields.find((field) => field.name === name)?.text;
  return names.filter((name) => textOf(a, name) !== textOf(b, name));
}

function withReason(event: TraceEvent): string {
  return event.reason === undefined ? event.outcome : `${event.outcome} (${event.reason})`;
}

/** Groups events by step, without cleanup and repeated reads of a file. */
function bySteps(trace: Trace): ReadonlyMap<number, readonly TraceEvent[]> {
  const steps = new Map<number, TraceEvent[]>();
  for (const event of trace.events) {
    if (event.cleanup) continue;
    const events = steps.get(event.step) ?? [];
    steps.set(event.step, events);
    const chunk = event.part === "read_file" && event.call === "read";
    if (chunk && events.at(-1)?.call === "read") events.pop();
    events.push(event);
  }
  return steps;
}

/** Returns the first line that differs between two texts. */
function firstDifference(a: string, b: string): [string, string] {
  if (a === b) return ["", ""];
  const linesA = a.split("\n");
  const linesB = b.split("\n");
  const at = linesA.findIndex((line, i) => line !== linesB[i]);
  const line = at < 0 ? linesA.length : at;
  const show = (lines: readonly string[]): string =>
    line < lines.length ? quote(lines[line] ?? "") : "the end";
  return [show(linesA), show(linesB)];
}
