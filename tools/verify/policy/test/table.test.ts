// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { countRows, tableLines } from "../lib/table.mjs";

test("counts consequences by mask, and exceptions", () => {
  const counts = countRows([
    { skipped: "not loaded with every permission" },
    {
      rows: [
        { axis: "cmds", kind: "fails" },
        { axis: "cmds", kind: "loses" },
      ],
      verifier: true,
    },
    { rows: [{ axis: "progs", kind: "not fails" }] },
  ]);
  expect(counts).toMatchObject({ objects: 2, skipped: 1, verifier: 1, exceptions: 1 });
  expect(tableLines(counts, "libbpf@1.5")).toEqual([
    "libbpf@1.5: 2 objects loaded with their policy, 1 cannot be loaded here",
    "1 of them also needed CAP_PERFMON for the verifier, which the policy does not predict",
    "",
    "| without one bit of | the load fails | a loss that the policy names | exceptions |",
    "|---|---|---|---|",
    "| cmds | 1 | 1 | 0 |",
    "| progs | 0 | 0 | 1 |",
  ]);
});
