// SPDX-License-Identifier: MIT
import { createKernel } from "@bpf-token/kernel-wasm";
import { run } from "@bpf-token/scenario";
import { kernelReleases } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { files } from "../files.ts";
import { entries, labelsOf, releasesOf, rows, scenarios } from "./selftests.ts";
import { unmetRows } from "./selftests-unmet.ts";

const hasScenario = (name: string): boolean => `${name}.yaml` in files;

describe("docs/spec/selftests.md and its table", () => {
  test("the table has each row once, and nothing else", () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(entries.map(({ row }) => row).sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  test("the table names the same probes as the page", () => {
    const named = (name: string): readonly string[] => {
      const entry = entries.find(({ row }) => row === name);
      return entry !== undefined && "replay" in entry ? entry.replay : [];
    };
    for (const row of rows) expect(named(row.name), row.name).toEqual(row.replay);
  });

  test("a row with a probe is not for the loader; the others have a reason", () => {
    const later = entries.filter((entry) => "loader" in entry);
    expect(later.length).toBeGreaterThan(0);
    for (const entry of later) {
      expect(entry.loader.length).toBeGreaterThan(20);
      expect((entry.scenarios ?? []).filter((name) => !hasScenario(name))).toEqual([]);
    }
  });

  test("the table lists the selftest scenarios of the suite", () => {
    const named = entries.flatMap((entry) =>
      "loader" in entry || entry.scenarios === "every" ? [] : entry.scenarios,
    );
    expect([...new Set(named)].sort()).toEqual([...scenarios.keys()].sort());
  });

  test("each row that a step names is in the table", () => {
    const known = entries.flatMap((entry) =>
      "loader" in entry ? [] : [entry.row, ...entry.replay],
    );
    const labels = [...scenarios.values()].flatMap(({ steps }) => steps.flatMap(labelsOf));
    expect(labels.filter((label) => !known.includes(label))).toEqual([]);
  });
});

describe("the selftests on the model", () => {
  test.each(kernelReleases)("%s: every row of the release has the documented result", (release) => {
    const traces = [...scenarios].map(([name, scenario]) => {
      using kernel = createKernel({ release });
      return [name, run(kernel, scenario)] as const;
    });
    expect(unmetRows(release, new Map(traces), { hooks: true })).toEqual([]);
    const subtests = [...releasesOf].filter(([, has]) => has.includes(release));
    if (release !== "v10-03") expect(subtests.length).toBeGreaterThan(0);
  });
});
