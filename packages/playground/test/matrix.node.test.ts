// SPDX-License-Identifier: MIT
import { runMatrix } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { matrixCompared, matrixNames, matrixRows } from "bpf-token/matrix";
import { expect, test } from "vitest";
import { liveRows, type MatrixAnswer, matrixAnswer } from "../src/matrix/answer.ts";
import { filterOf } from "../src/matrix/filter.ts";

test.each([
  { release: "6.12", open: true },
  { release: "7.3", open: false },
] as const)(
  "Linux $release, open $open: the model answers as measured",
  (question) => {
    const reports: MatrixAnswer[] = [];
    const { rows, calls, done } = matrixAnswer(question, (partial) => reports.push(partial));
    expect([done, rows.filter(({ stored }) => stored !== undefined)]).toEqual([1, []]);
    expect(calls).toBeGreaterThan(300_000);
    expect(rows.length).toBeGreaterThan(70);
    const shares = reports.map((partial) => partial.done);
    expect(shares.length).toBeGreaterThan(40);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    const kernels = matrixCompared.filter(({ release }) => release === question.release);
    expect(kernels.length).toBeGreaterThan(0);
    for (const { measured } of rows) {
      expect(measured.map(({ kernel }) => kernel)).toEqual(kernels.map(({ name }) => name));
    }
  },
  600_000,
);

test("marks an answer that differs, and names the kernels that differ by their build", () => {
  const question = { release: "6.12", open: false } as const;
  const kernel = createKernel({ release: "6.12" });
  const { rows } = runMatrix(kernel, { attach: [37] });
  kernel.close();
  const changed = rows.map((row) =>
    row.row === "map ARRAY"
      ? { ...row, answers: row.answers.map((text) => text.replace("EPERM", "EBUSY")) }
      : row,
  );
  const live = liveRows(changed, question);
  const differing = live.filter(({ row, stored }) => row.name.startsWith("map ") && stored);
  expect(differing.map(({ row }) => row.name)).toEqual(["map ARRAY"]);
  expect(differing[0]?.row.child.refusals).toEqual(["EBUSY"]);
  expect(differing[0]?.stored?.child.refusals).toEqual(["EPERM"]);
  const infrared = live.find(({ row }) => row.name === "prog LIRC_MODE2");
  expect(infrared?.measured).toEqual(
    ["guest:6.12", "guest:uml"].map((name) => ({
      kernel: name,
      other: { errno: "EINVAL", why: expect.stringContaining("infrared") },
    })),
  );
  const xdp = live.find(({ row }) => row.name === "prog XDP");
  expect(xdp?.measured).toEqual([{ kernel: "guest:6.12" }, { kernel: "guest:uml" }]);
});

test.each([
  ["map queue", ["map QUEUE"]],
  ["map attach:sk_lookup", []],
  ["prog sk_lookup attach:sk_lookup", ["prog SK_LOOKUP"]],
  // A row for all attach types has none of their names in its cell.
  ["prog xdp attach:perf_event", ["prog XDP"]],
  ["attach:nothing", []],
])("the filter '%s' leaves %j", (query, names) => {
  const rows = matrixNames("7.3").flatMap((name) => matrixRows(name, { release: "7.3" }));
  const found = rows.filter(filterOf(query, "7.3")).map(({ name }) => name);
  expect([...new Set(found)]).toEqual(names);
});
