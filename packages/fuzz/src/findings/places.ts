// SPDX-License-Identifier: MIT
import {
  type CodeRegion,
  type CoverageMap,
  changedFunctions,
  changedLines,
  type FunctionMap,
} from "@bpf-token/upstream/instrumented";
import { type Counts, countingOf } from "../machine/coverage.js";
import type { SequenceMachine } from "../machine/machine.js";
import type { ObservedRun } from "./observed-step.js";

/** A function of an upstream file in which the executions of two subjects part. */
export interface PartingPlace {
  /** The subject whose source has the lines. */
  readonly subject: string;
  /** Path in a kernel tree. */
  readonly file: string;
  readonly function: string;
  /** The first and the last line that count. */
  readonly line: number;
  readonly endLine: number;
  /**
   * `source`: the two sources of the function differ, and it ran. `branches`: it took other branches.
   * `earlier`: as `source`, but it ran in an earlier step. `ran`: it ran; nothing else is known.
   */
  readonly why: "source" | "branches" | "earlier" | "ran";
}

type Lines = Pick<PartingPlace, "line" | "endLine">;

interface Side {
  readonly name: string;
  readonly machine: SequenceMachine;
  readonly coverage?: readonly CoverageMap[];
}

/** A function that ran in a step. */
interface Ran {
  readonly file: string;
  readonly map: FunctionMap;
  readonly counts: readonly number[];
}

type Runs = ReadonlyMap<string, Ran>;

/** Returns the functions of upstream files in which two runs part at a step. */
export function partingPlaces(
  sides: readonly [Side, Side],
  runs: readonly [ObservedRun, ObservedRun],
  at: number,
): readonly PartingPlace[] {
  const [first, other] = sides;
  const both = first.coverage?.length && other.coverage?.length;
  if (!both) return at >= 0 ? onlyRan(sides, runs, at) : [];
  const changed = new Set(
    changedFunctions(first.coverage ?? [], other.coverage ?? []).map(
      ({ file, name }) => `${file} ${name}`,
    ),
  );
  const here = ranOf(sides, runs, at);
  const names = new Set(here.flatMap((side) => [...side.keys()]));
  const isChanged = [...names].filter((name) => changed.has(name));
  const parted = [...names].filter((name) => !sameCounts(here[0].get(name), here[1].get(name)));
  // A function with another source that also takes other branches is the most likely one.
  const source = isChanged.sort((a, b) => Number(parted.includes(b)) - Number(parted.includes(a)));
  const found = source.map((name) => placeOf(name, sides, here, "source"));
  if (found.length > 0) return found.flatMap((place) => place ?? []);
  const branches = parted.flatMap((name) => placeOf(name, sides, here, "branches") ?? []);
  return [
    ...earlier(sides, runs, at, changed),
    ...branches,
    ...(parted.length > 0 ? [] : onlyRan(sides, runs, at)),
  ];
}

/** Changed functions that ran in the last earlier step that ran one: their effect may show later. */
function earlier(
  sides: readonly [Side, Side],
  runs: readonly [ObservedRun, ObservedRun],
  at: number,
  changed: ReadonlySet<string>,
): readonly PartingPlace[] {
  for (let step = at - 1; step >= 0; step--) {
    const ran = ranOf(sides, runs, step);
    const names = new Set(
      ran.flatMap((side) => [...side.keys()].filter((name) => changed.has(name))),
    );
    const places = [...names].flatMap((name) => placeOf(name, sides, ran, "earlier") ?? []);
    if (places.length > 0) return places;
  }
  return [];
}

function onlyRan(
  sides: readonly [Side, Side],
  runs: readonly [ObservedRun, ObservedRun],
  at: number,
): readonly PartingPlace[] {
  const here = ranOf(sides, runs, at);
  const names = new Set(here.flatMap((side) => [...side.keys()]));
  return [...names].flatMap((name) => placeOf(name, sides, here, "ran") ?? []);
}

function ranOf(
  sides: readonly [Side, Side],
  runs: readonly [ObservedRun, ObservedRun],
  at: number,
): readonly [Runs, Runs] {
  return [ranIn(sides[0], runs[0], at), ranIn(sides[1], runs[1], at)];
}

function ranIn({ machine, coverage = [] }: Side, { steps }: ObservedRun, at: number): Runs {
  const after = steps[at]?.counters ?? [];
  const before = steps[at - 1]?.counters ?? [];
  const ran = Array.from(after, (n, i) => n - (before[i] ?? 0));
  const counts: Counts = machine.countsOf(ran);
  const found = new Map<string, Ran>();
  for (const { path, functions } of coverage) {
    for (const map of functions) {
      const own = counts.get(map.hash) ?? [];
      if (map.name === "" || !own.some((n) => n > 0)) continue;
      found.set(`${path} ${map.name}`, { file: path, map, counts: own });
    }
  }
  return found;
}

const sameCounts = (a: Ran | undefined, b: Ran | undefined): boolean =>
  a !== undefined && b !== undefined && a.counts.join() === b.counts.join();

function placeOf(
  name: string,
  sides: readonly [Side, Side],
  ran: readonly [Runs, Runs],
  why: PartingPlace["why"],
): PartingPlace | undefined {
  const [a, b] = [ran[0].get(name), ran[1].get(name)];
  const one = b ?? a;
  const side = b === undefined ? sides[0] : sides[1];
  if (one === undefined) return undefined;
  const { file, map } = one;
  const range = linesApart(one, b === undefined ? undefined : a);
  return { subject: side.name, file, function: map.name, ...range, why };
}

/**
 * The lines whose text differs; else the regions that ran another number of times; else the whole function.
 */
function linesApart(one: Ran, other: Ran | undefined): Lines {
  const whole = one.map.code[0] as CodeRegion;
  if (other === undefined) return { line: whole.line, endLine: whole.endLine };
  const text = changedLines(one.map, other.map);
  if (text !== undefined) return text;
  const count = countingOf(one.map, one.counts);
  const there = countingOf(other.map, other.counts);
  const apart = one.map.code.filter(({ gap, count: of }, i) => {
    const twin = other.map.code[i];
    return !gap && twin !== undefined && count(of) !== there(twin.count);
  });
  const shown = apart.length > 0 ? apart : [whole];
  return {
    line: Math.min(...shown.map(({ line }) => line)),
    endLine: Math.max(...shown.map(({ endLine }) => endLine)),
  };
}
