// SPDX-License-Identifier: MIT

import { quote } from "../run/render.js";
import { type MemoryText, Renamer } from "./normalise.js";
import type { ShownArg, Trace, TraceEvent } from "./trace.js";

/** What of two calls differs. */
export type DivergenceKind =
  /** One run made a call that the other did not make. */
  | "shape"
  /** One answered and the other did not. */
  | "outcome"
  /** The number or the errno. */
  | "result"
  /** The text that was read. */
  | "text"
  /** Memory that the kernel wrote. */
  | "memory"
  /** The check that refused, where both kernels name one. */
  | "check";

/** One difference between two runs of a scenario. */
export interface Divergence {
  readonly what: DivergenceKind;
  /** The step, from 0; undefined for a difference of the whole runs. */
  readonly step?: number;
  /** Its line in the file. */
  readonly line?: number;
  /** What the first run has, numbers renamed. */
  readonly a: string;
  /** What the second run has. */
  readonly b: string;
  /** The two calls, by their indices in the runs. */
  readonly calls?: readonly [a: number | undefined, b: number | undefined];
  /** The memory that differs, and which of its fields do where they are known. */
  readonly memory?: ChangedMemory;
  /** One line for a person. */
  readonly message: string;
}

/** Memory that two calls left different. */
export interface ChangedMemory {
  readonly name: string;
  /** The fields that differ, numbers renamed; undefined for memory without fields. */
  readonly fields?: readonly string[];
}

/** How strictly runs are compared. */
export interface CompareRules {
  /**
   * `equal` (default): descriptors must have the same numbers, as the rule of the lowest free one
   * wants. `renamed`: only which of them are the same counts.
   */
  readonly fds?: "equal" | "renamed";
}

/**
 * Sets two runs of one scenario side by side.
 *
 * Process ids and the numbers of inodes, devices, mounts and BPF objects are renamed in order of
 * appearance first; of tables of mounts only the lines of BPF FS are compared; logs and times are
 * not compared. Of `read_file` the text counts, not the number of reads. A step that one of the runs
 * left out, since by its needs it is not for that kernel, is not compared.
 *
 * @returns the differences in order of step; none for runs that are equal in this sense.
 */
export function compare(a: Trace, b: Trace, rules: CompareRules = {}): readonly Divergence[] {
  const whole = compareWhole(a, b);
  if (whole !== undefined) return [whole];
  if (a.outcome === "skipped") return [];
  return new Comparison(a, b, rules).run();
}

/** How a run is called in a message; two of the same backend are told apart by their release. */
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

/** Whether a scenario was not for a kernel, or could not even begin on it. */
function isIdle({ outcome, events }: Trace): boolean {
  return outcome === "skipped" || (outcome === "unknown" && events.length === 0);
}

class Comparison {
  readonly #names: readonly [string, string];
  readonly #a: Renamer;
  readonly #b: Renamer;
  readonly #stepsA: ReadonlyMap<number, readonly TraceEvent[]>;
  readonly #stepsB: ReadonlyMap<number, readonly TraceEvent[]>;
  /** The kernel's own text names no checks; what the model around it names is about itself. */
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
      // Nothing follows on a kernel that is lost.
      if ([...a, ...b].some(({ outcome }) => outcome === "lost")) break;
    }
    return this.#found;
  }

  /** Compares two calls; false if what follows in their step is only a consequence. */
  #pair(a: TraceEvent | undefined, b: TraceEvent | undefined): boolean {
    // What is not run because an earlier answer is missing differs for that reason alone.
    const blocked = a?.outcome === "blocked" || b?.outcome === "blocked";
    if (blocked && this.#found.length > 0) return false;
    if (a === undefined || b === undefined || a.call !== b.call) {
      this.#add("shape", [a, b], a?.text ?? "nothing", b?.text ?? "nothing");
      return false;
    }
    // By its own needs the step is not for one of the two kernels.
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

/** One call in both runs. */
type Pair = readonly [TraceEvent | undefined, TraceEvent | undefined];

const NO_CHANGE: MemoryText = "unchanged";

function memoryText(memory: MemoryText): string {
  if (typeof memory === "string") return memory;
  return memory.map(({ name, text }) => `${name}=${text}`).join(" ");
}

/** The fields that differ; undefined where one of the two has no fields. */
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

/** Events by step, without what only cleans up; of a file that was read, one read. */
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

/** Of two texts the first line that differs. */
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
