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

/** What the kernel can be made to do. */
export interface KernelAbilities {
  /** Whether hooks can be told what to answer. */
  readonly hooks: boolean;
}

type ReplayedEntry = Exclude<SelftestEntry, { readonly loader: string }>;

/** The scenarios of an entry that are for a kernel: those that it did not skip. */
function tracesOf(
  entry: ReplayedEntry,
  traces: ReadonlyMap<string, Trace>,
): readonly (readonly [string, Trace])[] {
  return [...traces]
    .filter(([name]) => entry.scenarios === "every" || entry.scenarios.includes(name))
    .filter(([, { outcome }]) => outcome !== "skipped");
}

/** `frame 1` is a security module, which the tests of the series do not have. */
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
 * What is not as docs/spec/selftests.md says after its scenarios ran on a kernel, one line each:
 * a row that the release has and no scenario played, one that came out otherwise, and a subtest that
 * was played although the release does not have it.
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
      return runs.map(([name]) => `${name}: played on ${release}, which has no ${row.subtest}`);
    }
    if (!hasRow(row, release, can)) return [];
    // The frame is a part of every subtest, and there is none where no release has one.
    if (runs.length === 0) return has === undefined ? [] : [`${row.name}: not played`];
    return runs.flatMap(([name, trace]) => unmetRow(row, entry, name, trace));
  });
  return [...failed, ...unmetEntries];
}
