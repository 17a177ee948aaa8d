// SPDX-License-Identifier: MIT
import type { Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { unmet } from "../../src/index.ts";
import {
  answersOf,
  entries,
  fits,
  releasesOf,
  rows,
  type SelftestEntry,
  type SelftestRow,
} from "./selftests.ts";

/** The controls that the kernel supports. */
export interface KernelAbilities {
  /** Whether tests can set the answers of hooks. */
  readonly hooks: boolean;
}

type ReplayedEntry = Exclude<SelftestEntry, { readonly loader: string }>;

/** Returns the scenarios of an entry that the kernel did not skip. */
function tracesOf(
  entry: ReplayedEntry,
  traces: ReadonlyMap<string, Trace>,
): readonly (readonly [string, Trace])[] {
  return [...traces]
    .filter(([name]) => entry.scenarios === "every" || entry.scenarios.includes(name))
    .filter(([, { outcome }]) => outcome !== "skipped");
}

/** `frame 1` is a security module, which the tests of the patch series do not have. */
function hasRow(row: SelftestRow, release: KernelRelease, can: KernelAbilities): boolean {
  if (row.name === "frame 1") return can.hooks && !release.startsWith("v10");
  if (row.byHook && !can.hooks) return false;
  return row.subtest === "frame" || (releasesOf.get(row.subtest) ?? []).includes(release);
}

function unmetRow(row: SelftestRow, entry: ReplayedEntry, name: string, trace: Trace): string[] {
  return (entry.replay.length === 0 ? [row.name] : entry.replay).flatMap((label) => {
    const answers = answersOf(trace, label);
    const least = row.expected.includes("four times") ? 4 : 1;
    const place = `${row.name} (${label}) of ${name}`;
    if (answers.length < least) return [`${place}: ${answers.length} steps of ${least}`];
    const wrong = answers.filter((answer) => !fits(row, answer));
    return wrong.map((answer) => `${place}: ${answer}, not '${row.expected}'`);
  });
}

/**
 * Compares the results of the selftest scenarios with docs/spec/selftests.md. Lists one line for each row of
 * the release that no scenario ran, for each other result, and for each subtest that the release lacks.
 */
export function unmetRows(
  release: KernelRelease,
  traces: ReadonlyMap<string, Trace>,
  can: KernelAbilities,
): readonly string[] {
  const failed = [...traces].flatMap(([name, trace]) =>
    trace.outcome === "failed" || trace.outcome === "unknown"
      ? [`${name}: ${trace.outcome} ${unmet(trace).join("; ")}`]
      : [],
  );
  const unmetEntries = rows.flatMap((row) => {
    const entry = entries.find(({ row: name }) => name === row.name);
    if (entry === undefined || "loader" in entry) return [];
    const runs = tracesOf(entry, traces);
    const has = releasesOf.get(row.subtest);
    if (has !== undefined && !has.includes(release)) {
      return runs.map(([name]) => `${name}: ran on ${release}, which has no ${row.subtest}`);
    }
    if (!hasRow(row, release, can)) return [];
    // The frame belongs to every subtest, so it is missing only if the release has no subtest.
    if (runs.length === 0) return has === undefined ? [] : [`${row.name}: did not run`];
    return runs.flatMap(([name, trace]) => unmetRow(row, entry, name, trace));
  });
  return [...failed, ...unmetEntries];
}
