// SPDX-License-Identifier: MIT
import { playMatrix } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { kernelReleases } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { matrixData } from "../../../../packages/bpf-token/src/generated/matrix.ts";
import { compact, ranges } from "../compact.mjs";
import { compareMatrices, explain } from "../compare.mjs";
import { known } from "../known.mjs";

test("numbers as ranges", () => {
  expect(ranges([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
  expect(ranges([])).toBe("");
});

test("what differs is told by row, and a reason takes it off the list", () => {
  const model = { rows: [{ row: "map ARRAY", answers: ["init none: ok=ffff"] }] };
  const real = { rows: [{ row: "map ARRAY", answers: ["init none: EPERM=ffff"] }] };
  const [found] = compareMatrices("native", model, real);
  expect(found?.lines).toEqual([
    "map ARRAY: model init none: ok=ffff; native init none: EPERM=ffff",
  ]);
  const reason = { where: /^native map ARRAY$/, why: "a test" };
  const differences = compareMatrices("native", model, real);
  expect(explain("native", differences, []).unexpected).toHaveLength(1);
  expect(explain("native", differences, [reason]).unexpected).toEqual([]);
  expect(explain("native", [], [reason]).idle).toEqual([reason]);
  expect(compareMatrices("native", model, model)).toEqual([]);
});

test("every reason names its kernel and says something", () => {
  for (const { where, why } of known) {
    expect(where.source).toMatch(/^\^(native|guest:6\\\.12|guest:uml) /);
    expect(why.length).toBeGreaterThan(10);
  }
});

test("what is told is what the model answers", { timeout: 120_000 }, () => {
  const release = "6.18";
  const bit = 1 << kernelReleases.indexOf(release);
  const kernel = createKernel({ release });
  const matrix = playMatrix(kernel);
  kernel.close();
  expect(matrix.asked).toBeGreaterThan(300_000);
  const fresh = compact([{ bit, open: false, matrix }]);
  const written = Object.entries(matrixData.rows).flatMap(([name, specs]) => {
    const spec = specs.find(([, , closed]) => (closed & bit) !== 0)?.[0];
    return spec === undefined ? [] : [[name, spelled(spec, matrixData.answers)] as const];
  });
  const played = Object.entries(fresh.rows).map(
    ([name, specs]) => [name, spelled(first(specs), fresh.answers)] as const,
  );
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(played));
});

const first = (specs: unknown): string => String((specs as readonly unknown[][])[0]?.[0]);

/** A spec with its answers in words: their numbers depend on what else is in the file. */
function spelled(spec: string, answers: readonly string[]): readonly string[] {
  return spec.split(" ").map((part) => {
    const [index, attach = ""] = part.split("@");
    return `${attach} ${answers[Number(index)]}`;
  });
}
