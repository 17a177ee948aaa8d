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

/** Converts `6.16.3` to a number without the stable release: 616. */
function versionCode(version: string): number {
  if (!/^\d/.test(version)) return 0;
  const [major = "", minor = ""] = version.split(".");
  return Number(major) * 100 + Number(minor);
}

/**
 * Returns the modelled releases in which a row's cells allow a change: newer than the last kernel without
 * it, and not newer than the first kernel with it. Because some releases have no model, the next one also
 * counts if releases() names the real release. A fix that was backported to 6.12 changes a row twice.
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

/** Returns a cell without its remarks. */
const plain = (cell: string): string => cell.replace(/\(.*\)/, "").trim();

describe("releases() and the suite", () => {
  test("releases() lists each change that the suite observes, with its release and a rule", () => {
    const missing = changes.filter((change) => !isDocumented(change));
    expect(missing.map(({ since, rules }) => `${since}: ${rules.join(" ")}`)).toEqual([]);
  });

  test("the suite observes each listed change, or gives the reason why it cannot", () => {
    const known = [
      ...changes.flatMap(({ since, rules }) => rules.map((rule) => `${since}: ${rule}`)),
      ...unobservable.map(({ since, rule }) => `${since}: ${rule}`),
    ];
    const missing = releases().map(({ release, rule }) => `${release}: ${rule}`);
    expect(missing.filter((entry) => !known.includes(entry))).toEqual([]);
  });

  test("releases() lists the unobservable changes", () => {
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

  test("releases() also lists the rows that no step can observe", () => {
    expect(releaseRows.filter(({ item }) => hidden(item)).length).toBe(unobservableRows.length);
    for (const { since, rule } of unobservable.filter((entry) => laterThan("6.12", entry)))
      expect(releases("6.12").some((t) => t.release === since && t.rule === rule)).toBe(true);
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
    // The evidence of the row is that of releases(), unless another row has the same rule.
    const others = changes.filter(({ row: name }) => name !== undefined && name !== item);
    const alone = documented.filter(
      ({ release, rule }) => !others.some((o) => o.since === release && o.rules.includes(rule)),
    );
    expect(documented.length).toBeGreaterThan(0);
    for (const { evidence, rule } of alone) expect([rule, evidence]).toEqual([rule, row.evidence]);
  });

  test("each listed change between 6.12 and 6.18 has a row, or is unobservable", () => {
    const later = changes.filter((change) => laterThan("6.12", change));
    const homeless = releases("6.12", "6.18").filter(
      ({ release, rule }) =>
        !later.some(({ since, rules, row }) => {
          return row !== undefined && since === release && rules.includes(rule);
        }) && !unobservable.some((entry) => entry.since === release && entry.rule === rule),
    );
    expect(homeless).toEqual([]);
  });
});
