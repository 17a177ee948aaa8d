// SPDX-License-Identifier: MIT
// The reports of shards come from other machines, and anybody may have written them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FuzzFolder, FuzzFolderError } from "../src/node/index.ts";

const tally = {
  ...{ sequences: 1, steps: 9, withToken: 1, withUse: 0, withLeftInode: 0 },
  ...{ byTasks: [null, 1], byCalls: [0, 1] },
};
const coverage = [
  {
    path: "kernel/bpf/token.c",
    branches: { reached: ["1:0"], all: 2 },
    lines: { reached: [7], all: 3 },
  },
];
const good = {
  ...{ subjects: ["model@6.12", "native"], seed: 1, shard: { index: 0, count: 2 }, block: 3 },
  ...{ tally, expected: 0, coverage, findings: ["finding-1"] },
};

function read(report: unknown): unknown {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-reports-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "report-1-of-2.json"), JSON.stringify(report));
  return new FuzzFolder(folder).reports();
}

test("a report is read", () => {
  expect(read(good)).toEqual([good]);
  expect(read({ ...good, ended: { "a reason": 2 } })).toMatchObject([{ ended: { "a reason": 2 } }]);
});

test.each([null, [], 7, "x"])("%j is no report", (report) => {
  expect(() => read(report)).toThrow(
    /report-1-of-2.json' is not a report of fuzz: it is no object/,
  );
});

test.each([
  ["subjects", 1],
  ["subjects", [7]],
  ["seed", "1"],
  ["shard", {}],
  ["shard", { index: 2, count: 2 }],
  ["shard", { index: 0, count: 4_000_000_000 }],
  ["block", -1],
  ["tally", { ...tally, steps: 1.5 }],
  ["tally", { ...tally, byTasks: {} }],
  ["expected", null],
  ["ended", { why: "often" }],
  ["coverage", [{ ...coverage[0], lines: {} }]],
  ["coverage", [{ ...coverage[0], branches: { reached: "abc", all: 1 } }]],
  ["findings", undefined],
])("a report with %s %j is an error that names the field", (name, value) => {
  const report = { ...good, [name]: value };
  expect(() => read(report)).toThrow(FuzzFolderError);
  expect(() => read(report)).toThrow(`its field '${name}' is missing or wrong`);
});
