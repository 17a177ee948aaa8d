// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import { parseScenario, type Scenario, type Step, type Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { files } from "../files.ts";

const spec = import.meta.glob<string>("../../../../docs/spec/selftests.*", {
  query: "?raw",
  import: "default",
  eager: true,
});

function specText(name: string): string {
  const text = Object.entries(spec).find(([path]) => path.endsWith(name))?.[1];
  if (text === undefined) throw new Error(`docs/spec/${name} is not there`);
  return text;
}

/** A row of a table in docs/spec/selftests.md. */
export interface SelftestRow {
  /** The subtest and the row's own name, `map_token 2`; the frame's are `frame 5`. */
  readonly name: string;
  /** `frame`, or the name of the subtest. */
  readonly subtest: string;
  /** What comes out, as the row says it. */
  readonly expected: string;
  /** The probes that replayed it, and whether only where hooks can be told what to answer. */
  readonly replay: readonly string[];
  readonly byHook: boolean;
  /** Whether the replay goes no further than permissions. */
  readonly permissionsOnly: boolean;
}

/** What docs/spec/selftests.json says of a row. */
export type SelftestEntry =
  | {
      readonly row: string;
      readonly replay: readonly string[];
      readonly scenarios: readonly string[] | "every";
    }
  | { readonly row: string; readonly loader: string; readonly scenarios?: readonly string[] };

/** The table of rows. */
export const entries = JSON.parse(specText("selftests.json")) as readonly SelftestEntry[];

const page = specText("selftests.md");
const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

/** The tables of a part of the page: a head, and rows by its columns. */
function tablesOf(part: string): readonly Readonly<Record<string, string>>[] {
  let head: readonly string[] | undefined;
  return part.split("\n").flatMap((line) => {
    if (!line.startsWith("|")) head = undefined;
    if (!line.startsWith("|") || /^\|[-| ]+\|$/.test(line)) return [];
    const cells = cellsOf(line);
    if (head === undefined) {
      head = cells;
      return [];
    }
    return [Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ""]))];
  });
}

function rowOf(subtest: string, cells: Readonly<Record<string, string>>): SelftestRow {
  const expected = cells.expected ?? cells["intended result"] ?? "";
  const replay = `${cells.replay ?? ""} ${subtest === "frame" ? expected : ""}`;
  return {
    name: cells.variant === undefined ? `${subtest} ${cells.step}` : `${subtest}_${cells.variant}`,
    subtest: cells.variant === undefined ? subtest : `${subtest}_${cells.variant}`,
    expected,
    replay: [...replay.matchAll(/ST\d+/g)].map(([id]) => id),
    byHook: replay.includes("(VM)"),
    permissionsOnly: replay.includes("permission stage only"),
  };
}

/** `obj_priv_btf_fail / obj_priv_btf_success (…)` is about variants of `obj_priv_btf`. */
function subtestOf(heading: string): string {
  const [first = "", second] = heading.replace(/\(.*\)/, "").split("/");
  if (first.startsWith("Common frame")) return "frame";
  return second === undefined ? first.trim() : first.trim().replace(/_[a-z]+$/, "");
}

const parts = page.split(/^## /m).slice(1);
const partOf = (heading: RegExp): string => parts.find((part) => heading.test(part)) ?? "";

/** What the first of two kernels' names in a column of the overview stands for. */
const columns: Readonly<Record<string, readonly KernelRelease[]>> = {
  "v10 series": ["v10", "v10-reviewed"],
  "6.9": ["6.9"],
  "6.12": ["6.12"],
  "6.15": ["6.15"],
  "6.17/6.18": ["6.17", "6.18"],
  later: [],
};

/** The releases of the model that have each subtest. */
export const releasesOf: ReadonlyMap<string, readonly KernelRelease[]> = new Map(
  tablesOf(partOf(/^Subtests by revision/)).flatMap(({ subtest = "", ...cells }) => {
    const has = Object.entries(cells).flatMap(([column, cell]) => {
      const releases = columns[column];
      if (releases === undefined) throw new Error(`selftests.md: what is column '${column}'?`);
      return cell === "y" ? releases : [];
    });
    return subtest.split(", ").map((name) => [name, has] as const);
  }),
);

const tabled = parts
  .filter((part) => !part.startsWith("Subtests by revision"))
  .flatMap((part) => {
    const subtest = subtestOf(part.slice(0, part.indexOf("\n")));
    return tablesOf(part).map((cells) => rowOf(subtest, cells));
  });
const untabled = [...releasesOf.keys()]
  .filter((subtest) => !tabled.some((row) => row.subtest === subtest))
  .map((subtest) => ({ ...rowOf(subtest, {}), name: subtest }));

/** Every row of the page, and every subtest that has none. */
export const rows: readonly SelftestRow[] = [...tabled, ...untabled];

/** The scenarios that replay a subtest, by name. */
export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries(files)
    .filter(([file]) => file.startsWith("selftest-"))
    .map(([file, text]) => [file.replace(".yaml", ""), parseScenario(text, { file })]),
);

/** The names of rows that a step says it is: `(ST10)` or `(frame 2)` at its end. */
export function labelsOf({ say }: Pick<Step, "say">): readonly string[] {
  return /\(([^()]+)\)\.$/.exec(say ?? "")?.[1]?.split(", ") ?? [];
}

/** What became of the steps of a run that have a label: an errno, `ok`, or why there is no answer. */
export function answersOf(trace: Trace, label: string): readonly string[] {
  return trace.events
    .filter((event) => labelsOf(event).includes(label) && event.outcome !== "skipped")
    .map(({ step }) => {
      const last = trace.events.findLast((event) => event.step === step && !event.cleanup);
      return last?.outcome === "answered" ? (last.errno ?? "ok") : (last?.outcome ?? "");
    });
}

/** Whether those answers are what a row expects. */
export function fits({ expected, permissionsOnly }: SelftestRow, answer: string): boolean {
  if (/EPERM/.test(expected)) return answer === "EPERM";
  if (/\bfails\b/.test(expected)) return answer !== "ok";
  return permissionsOnly ? answer !== "EPERM" : answer === "ok";
}
