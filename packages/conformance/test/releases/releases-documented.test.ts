// SPDX-License-Identifier: MIT
import {
  type KernelRelease,
  kernelReleases,
  type ReleaseChange,
  releaseCode,
  releases,
} from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { type Change, changes, unobservable, unobservableRows } from "./releases-changes.ts";
import { type KernelRow, kernelRows, releaseRows } from "./releases-section.ts";

const isDocumented = (change: Change): boolean =>
  releases().some(({ release, rule }) => release === change.since && change.rules.includes(rule));

const laterThan = (release: KernelRelease, { since }: { since: KernelRelease }): boolean =>
  releaseCode(since) > releaseCode(release);

/** `6.16.3` stands for what a model of 6.16 would do: 616. */
function versionCode(version: string): number {
  if (!/^\d/.test(version)) return 0;
  const [major = "", minor = ""] = version.split(".");
  return Number(major) * 100 + Number(minor);
}

/**
 * The releases of the model that a row's cells allow for a change: newer than the last kernel before
 * it, and no newer than the first behind it; or, since the model does not have every release, the
 * next one, if what is told says when it really came. What a fix brought to 6.12 changes twice.
 */
function possible(
  { cells }: KernelRow,
  documented: readonly ReleaseChange[],
): readonly KernelRelease[] {
  const kernels = Object.entries(cells).map(([version, cell]) => [version, plain(cell)] as const);
  return kernels.flatMap(([version, cell], i) => {
    const [before, old] = kernels[i - 1] ?? [];
    if (before === undefined || cell === old || cell === "the same") return [];
    const linux = kernelReleases.filter((release) => versionCode(release) > versionCode(before));
    const next = linux.find((release) => versionCode(release) > versionCode(version));
    const named = documented.some(({ sentence }) =>
      sentence.includes(version.replace(/\.\d+$/, "")),
    );
    const between = linux.filter((release) => versionCode(release) <= versionCode(version));
    return [...between, ...(named && next !== undefined ? [next] : [])];
  });
}

/** A cell without its remarks. */
const plain = (cell: string): string => cell.replace(/\(.*\)/, "").trim();

describe("releases() and what the suite shows", () => {
  test("each change that the suite shows is told, at its release, by one of its rules", () => {
    const missing = changes.filter((change) => !isDocumented(change));
    expect(missing.map(({ since, rules }) => `${since}: ${rules.join(" ")}`)).toEqual([]);
  });

  test("each difference that is told is shown by the suite, or said why it cannot be", () => {
    const known = [
      ...changes.flatMap(({ since, rules }) => rules.map((rule) => `${since}: ${rule}`)),
      ...unobservable.map(({ since, rule }) => `${since}: ${rule}`),
    ];
    const missing = releases().map(({ release, rule }) => `${release}: ${rule}`);
    expect(missing.filter((entry) => !known.includes(entry))).toEqual([]);
  });

  test("what cannot be shown is told", () => {
    const documented = releases().map(({ release, rule }) => `${release}: ${rule}`);
    expect(
      unobservable.filter(({ since, rule }) => !documented.includes(`${since}: ${rule}`)),
    ).toEqual([]);
  });
});

describe("section 9 of the specification", () => {
  test("has rows, one of them about a single build", () => {
    expect(releaseRows.length).toBeGreaterThan(10);
    expect(kernelRows.length - releaseRows.length).toBe(1);
  });

  const hidden = (item: string): boolean => unobservableRows.some(({ row }) => row === item);

  test("a row that no step can show is told all the same", () => {
    expect(releaseRows.filter(({ item }) => hidden(item)).length).toBe(unobservableRows.length);
    for (const { since, rule } of unobservable.filter((entry) => laterThan("6.12", entry)))
      expect(releases("6.12", "6.18").some((t) => t.release === since && t.rule === rule)).toBe(
        true,
      );
  });

  const visible = releaseRows.filter(({ item }) => !hidden(item));
  test.each(visible.map((row) => [row.item, row] as const))("%s", (item, row) => {
    const own = changes.filter((change) => change.row === item);
    expect(own.length).toBeGreaterThan(0);
    const documented = releases("6.12", "6.18").filter(({ release, rule }) =>
      own.some(({ since, rules }) => since === release && rules.includes(rule)),
    );
    const since = own.map((change) => change.since);
    expect(possible(row, documented)).toEqual(expect.arrayContaining(since));
    // How sure the row is of it is how sure releases() is, unless another row shares the rule.
    const others = changes.filter(({ row: name }) => name !== undefined && name !== item);
    const alone = documented.filter(
      ({ release, rule }) => !others.some((o) => o.since === release && o.rules.includes(rule)),
    );
    expect(documented.length).toBeGreaterThan(0);
    for (const { evidence, rule } of alone) expect([rule, evidence]).toEqual([rule, row.evidence]);
  });

  test("what is told between 6.12 and 6.18 belongs to a row, or cannot be shown", () => {
    const behind = changes.filter((change) => laterThan("6.12", change));
    const homeless = releases("6.12", "6.18").filter(
      ({ release, rule }) =>
        !behind.some(({ since, rules, row }) => {
          return row !== undefined && since === release && rules.includes(rule);
        }) && !unobservable.some((entry) => entry.since === release && entry.rule === rule),
    );
    expect(homeless).toEqual([]);
  });
});
