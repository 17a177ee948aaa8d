// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
import { parseScenario, type Scenario, type Step, type Trace } from "@bpf-token/scenario";
import { type KernelRelease, kernelReleases, releaseCode } from "@bpf-token/uapi";
import { files } from "../files.ts";

const spec = import.meta.glob<string>("../../../../docs/spec/selftests.*", {
  query: "?raw",
  import: "default",
  eager: true,
});

function specText(name: string): string {
  const text = Object.entries(spec).find(([path]) => path.endsWith(name))?.[1];
  if (text === undefined) throw new Error(`docs/spec/${name} does not exist`);
  return text;
}

/** A row of a table in docs/spec/selftests.md. */
export interface SelftestRow {
  /** The name: subtest and step, `map_token 2`; rows of the frame are `frame 5`. */
  readonly name: string;
  /** `frame`, or the name of the subtest. */
  readonly subtest: string;
  /** The expected result, in the words of the row. */
  readonly expected: string;
  /** The probes that replayed the row, and whether they need control of the hooks. */
  readonly replay: readonly string[];
  readonly byHook: boolean;
  /** Whether the replay covers only permission checks. */
  readonly permissionsOnly: boolean;
}

/** The entry of a row in docs/spec/selftests.json. */
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

/** Parses the tables of a section: rows by the columns of the head. */
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

/** `obj_priv_btf_fail / obj_priv_btf_success (…)` describes variants of `obj_priv_btf`. */
function subtestOf(heading: string): string {
  const [first = "", second] = heading.replace(/\(.*\)/, "").split("/");
  if (first.startsWith("Common frame")) return "frame";
  return second === undefined ? first.trim() : first.trim().replace(/_[a-z]+$/, "");
}

const parts = page.split(/^## /m).slice(1);
const partOf = (heading: RegExp): string => parts.find((part) => heading.test(part)) ?? "";

/** The releases of each column of the overview. */
const columns: Readonly<Record<string, readonly KernelRelease[]>> = {
  "v10 series": ["v10", "v10-reviewed"],
  "6.9": ["6.9"],
  "6.12": ["6.12"],
  "6.15": ["6.15"],
  "6.17/6.18": kernelReleases.filter((name) => releaseCode(name) >= releaseCode("6.17")),
  later: [],
};

/** The modelled releases that have each subtest. */
export const releasesOf: ReadonlyMap<string, readonly KernelRelease[]> = new Map(
  tablesOf(partOf(/^Subtests by revision/)).flatMap(({ subtest = "", ...cells }) => {
    const has = Object.entries(cells).flatMap(([column, cell]) => {
      const releases = columns[column];
      if (releases === undefined) throw new Error(`selftests.md: unknown column '${column}'`);
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

/** Every row of the page, and every subtest without rows. */
export const rows: readonly SelftestRow[] = [...tabled, ...untabled];

/** Returns the scenarios that replay a subtest, by name. */
export const scenarios: ReadonlyMap<string, Scenario> = new Map(
  Object.entries(files)
    .filter(([file]) => file.startsWith("selftest-"))
    .map(([file, text]) => [file.replace(".yaml", ""), parseScenario(text, { file })]),
);

/** Returns the rows that a step names at its end: `(ST10)` or `(frame 2)`. */
export function labelsOf({ say }: Pick<Step, "say">): readonly string[] {
  return /\(([^()]+)\)\.$/.exec(say ?? "")?.[1]?.split(", ") ?? [];
}

/** Returns the results of the labelled steps of a run: an errno, `ok`, or the outcome. */
export function answersOf(trace: Trace, label: string): readonly string[] {
  return trace.events
    .filter((event) => labelsOf(event).includes(label) && event.outcome !== "skipped")
    .map(({ step }) => {
      const last = trace.events.findLast((event) => event.step === step && !event.cleanup);
      return last?.outcome === "answered" ? (last.errno ?? "ok") : (last?.outcome ?? "");
    });
}

/** Returns whether an answer is what a row expects. */
export function fits({ expected, permissionsOnly }: SelftestRow, answer: string): boolean {
  if (/EPERM/.test(expected)) return answer === "EPERM";
  if (/\bfails\b/.test(expected)) return answer !== "ok";
  return permissionsOnly ? answer !== "EPERM" : answer === "ok";
}
