// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import {
  compare,
  type Divergence,
  parseScenario,
  run,
  type Scenario,
  type Step,
} from "@bpf-token/scenario";
import { type KernelRelease, kernelReleases, releaseCode } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { renumbered } from "../../src/index.ts";
import { files } from "../files.ts";
import { type Change, changes, indistinguishable, unobservableRows } from "./releases-changes.ts";
import { releaseRows, specText } from "./releases-section.ts";

interface Rule {
  readonly id: string;
  readonly releases?: Readonly<Record<string, string>>;
}

const rules = JSON.parse(specText("rules.json")) as readonly Rule[];

function bareStep({ by, call, args, as, at }: Step): Step {
  return {
    ...{ by, call, args },
    ...(as === undefined ? {} : { as }),
    ...(at === undefined ? {} : { at }),
  };
}

/** Removes expectations and needs from a scenario, so that every step runs on every release. */
function bare(scenario: Scenario): Scenario {
  const { needs, ...rest } = scenario;
  const features = needs?.features;
  return {
    ...rest,
    ...(features === undefined ? {} : { needs: { features } }),
    steps: scenario.steps.map(bareStep),
  };
}

const scenarios = Object.entries(files).map(
  ([file, yaml]) => [file, bare(parseScenario(yaml, { file }))] as const,
);

/** Formats `KIND CALL: BEFORE -> AFTER`, against which the table of changes is matched. */
function label({ what, message, a, b }: Divergence): string {
  const call = message.replace(/^step \d+ \(line \d+\), \w+: /, "").split(": model ")[0];
  return `${what} ${call}: ${a} -> ${b}`;
}

interface Difference {
  readonly file: string;
  readonly label: string;
  readonly causes: readonly Change[];
}

function traces(release: KernelRelease): ReadonlyMap<string, ReturnType<typeof run>> {
  const results = scenarios.map(([file, scenario]) => {
    using kernel = createKernel({ release });
    return [file, run(kernel, scenario)] as const;
  });
  return new Map(results);
}

const played = new Map<KernelRelease, ReturnType<typeof traces>>();
function tracesOf(release: KernelRelease): ReturnType<typeof traces> {
  const known = played.get(release) ?? traces(release);
  played.set(release, known);
  return known;
}

/**
 * Returns the differences between two releases, with the changes that explain them. Releases of the patch
 * series differ so much that a scenario takes another course after its first difference. Later differences
 * of the same scenario are therefore ignored after one that is explained.
 */
function differences(from: KernelRelease, to: KernelRelease): readonly Difference[] {
  const between = changes.filter(
    ({ since }) => releaseCode(since) > releaseCode(from) && releaseCode(since) <= releaseCode(to),
  );
  const isSeries = from.startsWith("v10");
  return [...tracesOf(from)].flatMap(([file, trace]) => {
    const other = tracesOf(to).get(file);
    if (other === undefined) throw new Error(`${file} did not run on ${to}`);
    const found = compare(trace, other, { fds: "renamed" })
      .filter((divergence) => !renumbered(divergence))
      .map((divergence) => {
        const it = label(divergence);
        return { file, label: it, causes: between.filter(({ steps }) => steps.test(it)) };
      });
    const first = found.findIndex(({ causes }) => causes.length > 0);
    return found.filter(
      ({ causes }, i) => !isSeries || causes.length > 0 || first < 0 || i < first,
    );
  });
}

const unexplained = (found: readonly Difference[]): readonly string[] =>
  found.filter(({ causes }) => causes.length === 0).map((d) => `${d.file}: ${d.label}`);

/** Returns a cell of a column without its remarks. */
const plain = (cell: string | undefined): string => (cell ?? "").replace(/\(.*\)/, "").trim();

describe("differences between two releases", () => {
  const pairs = kernelReleases.slice(1).map((to, i) => [kernelReleases[i] ?? to, to] as const);
  test.each(pairs)("%s and %s: a change of the specification explains each", (from, to) => {
    const found = differences(from, to);
    expect(unexplained(found)).toEqual([]);
    const seen = new Set(found.flatMap(({ causes }) => causes));
    const idle = changes.filter((change) => change.since === to && !seen.has(change));
    expect(idle.map(({ rules: ids, steps }) => `${ids.join(" ")}: ${steps.source}`)).toEqual([]);
  });

  const columns = kernelReleases.filter((name) => rules[0]?.releases?.[name] !== undefined);
  test.each(columns.slice(1).map((to, i) => [columns[i] ?? to, to] as const))(
    "%s and %s: the changes name the rules whose columns differ",
    (from, to) => {
      const documented = changes
        .filter(({ since }) => releaseCode(since) > releaseCode(from))
        .filter(({ since }) => releaseCode(since) <= releaseCode(to))
        .flatMap((change) => change.rules);
      const differ = rules
        .filter(({ releases }) => releases !== undefined)
        .filter(({ releases }) => plain(releases?.[from]) !== plain(releases?.[to]))
        .map(({ id }) => id)
        .filter((id) => !indistinguishable.some(({ rule }) => rule === id));
      expect(differ.filter((id) => !documented.includes(id))).toEqual([]);
    },
  );

  test("the changes name existing rules", () => {
    const ids = new Set(rules.map(({ id }) => id));
    const named = changes.flatMap((change) => change.rules);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe("6.12 and 6.18", () => {
  const rows = releaseRows.map(({ item }) => item);
  const later = changes.filter(
    ({ since }) =>
      releaseCode(since) > releaseCode("6.12") && releaseCode(since) <= releaseCode("6.18"),
  );

  test("differ only as section 9 of the specification lists", () => {
    const found = differences("6.12", "6.18");
    expect(unexplained(found)).toEqual([]);
    const seen = new Set(found.flatMap(({ causes }) => causes.map(({ row }) => row)));
    // A change that was backported to 6.12 is missing only in between.
    const differ = releaseRows.filter(
      ({ cells }) => plain(cells["6.12.118"]) !== plain(cells["6.18.44"]),
    );
    const hidden = differ.map(({ item }) => item).filter((row) => !seen.has(row));
    expect(hidden).toEqual(unobservableRows.map(({ row }) => row));
  });

  test("section 9 has a row for every change between them", () => {
    expect(later.filter(({ row }) => row === undefined || !rows.includes(row))).toEqual([]);
  });
});
