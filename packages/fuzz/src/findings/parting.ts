// SPDX-License-Identifier: MIT
import { formatScenario } from "@bpf-token/scenario";
import { errnoName } from "@bpf-token/uapi";
import type { CoverageMap } from "@bpf-token/upstream/instrumented";
import type { SequenceMachine } from "../machine/machine.js";
import type { NoteMemory, SequenceNote } from "../machine/notes.js";
import { scenarioOf } from "../scenario/scenario-of.js";
import { type ObservedRun, type ObservedStep, observe } from "./observed-step.js";
import { type PartingPlace, partingPlaces } from "./places.js";

/** One thing in which two subjects differ at a step. */
export interface StepDifference {
  /**
   * `answer`, `memory`, `hooks`: as of the call. `count`: a reference count or a number of live objects after
   * it. `direct`: an answer of a direct call of `token.c`. `remains`: objects remain at the end. `crash`.
   */
  readonly what: "answer" | "memory" | "hooks" | "count" | "direct" | "remains" | "crash";
  /** The name of the differing thing: a count, an offset in memory. */
  readonly name: string;
  /** The values on the first subject and on the other one. */
  readonly a: string;
  readonly b: string;
}

/** The first step at which two subjects differ, and where in the source. */
export interface Parting {
  readonly subjects: readonly [string, string];
  /** The number of the step, from 1. */
  readonly step: number;
  /** The step as in a scenario. */
  readonly call: string;
  readonly differences: readonly StepDifference[];
  /** The functions in which the executions part; the most likely one first. */
  readonly places: readonly PartingPlace[];
}

/** What {@link partingOf} needs of a subject. */
export interface ObservableSubject {
  readonly name: string;
  readonly machine: SequenceMachine;
  /** The coverage maps of its upstream files. */
  readonly coverage?: readonly CoverageMap[];
}

/** Returns where two subjects part in a sequence; undefined if an observer sees no difference. */
export function partingOf(
  first: ObservableSubject,
  other: ObservableSubject,
  input: Uint8Array,
): Parting | undefined {
  const runs = [observe(first.machine, input), observe(other.machine, input)] as const;
  const [a, b] = runs;
  const last = Math.max(a.steps.length, b.steps.length) - 1;
  for (let at = 0; at <= last; at++) {
    const differences = [
      ...stepDifferences(a.steps[at], b.steps[at]),
      ...(at === last ? endDifferences(a, b) : []),
    ];
    if (differences.length === 0) continue;
    return {
      subjects: [first.name, other.name],
      step: at + 1,
      call: callText(a.steps, at),
      differences,
      places: partingPlaces([first, other], runs, at),
    };
  }
  return undefined;
}

function stepDifferences(
  a: ObservedStep | undefined,
  b: ObservedStep | undefined,
): readonly StepDifference[] {
  if (a === undefined || b === undefined) {
    if (a === b) return [];
    return [{ what: "answer", name: "step", a: a ? "runs" : "none", b: b ? "runs" : "none" }];
  }
  const found: StepDifference[] = [];
  if (a.answer !== b.answer) {
    found.push({
      what: "answer",
      name: "answer",
      a: answerText(a.answer),
      b: answerText(b.answer),
    });
  }
  found.push(...a.memory.flatMap((piece, i) => memoryDifferences(piece, b.memory[i], i)));
  found.push(...listDifferences("hooks", a.hooks, b.hooks));
  for (const name of new Set([...a.counts.keys(), ...b.counts.keys()])) {
    const [x, y] = [a.counts.get(name), b.counts.get(name)];
    if (x !== y) found.push({ what: "count", name, a: `${x ?? "none"}`, b: `${y ?? "none"}` });
  }
  found.push(...listDifferences("direct", a.direct, b.direct));
  return found;
}

function memoryDifferences(
  a: NoteMemory,
  b: NoteMemory | undefined,
  index: number,
): readonly StepDifference[] {
  const at = a.bytes.findIndex((byte, i) => byte !== b?.bytes[i] && !a.pointers.includes(i & ~7));
  if (at < 0) return [];
  const shown = (piece: NoteMemory | undefined): string =>
    [...(piece?.bytes.subarray(at, at + 16) ?? [])]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(" ");
  return [{ what: "memory", name: `memory ${index + 1}, byte ${at}`, a: shown(a), b: shown(b) }];
}

function listDifferences(
  what: "hooks" | "direct",
  a: readonly string[],
  b: readonly string[],
): readonly StepDifference[] {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue;
    const name = what === "hooks" ? `LSM hook call ${i + 1}` : `direct call ${i + 1}`;
    return [{ what, name, a: a[i] ?? "none", b: b[i] ?? "none" }];
  }
  return [];
}

function endDifferences(a: ObservedRun, b: ObservedRun): readonly StepDifference[] {
  const found: StepDifference[] = [];
  if (a.remaining !== undefined || b.remaining !== undefined) {
    const [x, y] = [a.remaining ?? "nothing", b.remaining ?? "nothing"];
    found.push({ what: "remains", name: "objects that remain at the end", a: x, b: y });
  }
  if (a.crash !== b.crash) {
    found.push({ what: "crash", name: "crash", a: a.crash ?? "none", b: b.crash ?? "none" });
  }
  return found;
}

function answerText(answer: bigint | undefined): string {
  if (answer === undefined) return "none";
  return (answer < 0n ? errnoName(-Number(answer)) : undefined) ?? String(answer);
}

/** Writes a step as a scenario has it. The earlier steps give the processes their names. */
function callText(steps: readonly ObservedStep[], at: number): string {
  const notes = steps.slice(0, at + 1).flatMap(({ note }) => note ?? []);
  const note = steps[at]?.note;
  if (note === undefined) return "direct calls of the functions of token.c, at the end";
  const ends: SequenceNote = { kind: "settle", pid: note.pid, args: [], answer: 0n };
  const scenario = scenarioOf([...notes, ends], "step");
  const step = scenario.steps.at(-2);
  if (step === undefined) return note.kind;
  const { by, call, args } = step;
  const text = formatScenario({ ...scenario, steps: [{ by, call, args }] });
  const lines = text.trimEnd().split("\n");
  return lines
    .slice(lines.indexOf("steps:") + 1)
    .map((line) => line.slice("  - ".length))
    .join("\n");
}
