// SPDX-License-Identifier: MIT
import { runMatrix } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { configurationOf, KnownDifferences } from "@bpf-token/scenario/known";
import { kernelReleases } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { matrixData } from "../../../../packages/bpf-token/src/generated/matrix.ts";
import { compact, ranges } from "../compact.mjs";
import { compareMatrices, explain } from "../compare.mjs";

test("numbers as ranges", () => {
  expect(ranges([0, 1, 2, 5, 7, 8])).toBe("0-2,5,7-8");
  expect(ranges([])).toBe("");
});

const asked = { cmd: "BPF_MAP_CREATE", attr: { map_type: "BPF_MAP_TYPE_ARRAY" } };
const rowOf = (answer: string) => ({ rows: [{ row: "map ARRAY", asked, answers: [answer] }] });
const native = configurationOf({ backend: "native", release: "6.18.1" });
/** A registry with one entry: a kernel that refuses arrays with this answer. */
const knowing = (kernel: string) =>
  new KnownDifferences(
    [
      {
        ...{ id: "a.test", applies: {}, shownBy: ["matrix"], why: "a test", evidence: "none" },
        where: [{ call: "bpf", args: { cmd: asked.cmd }, attr: asked.attr, kernel }],
      },
    ],
    "matrix",
    native,
  );

test("lists differing rows, some of which a registry entry explains", () => {
  const model = rowOf("init none: ok=ffff");
  const differences = compareMatrices("native", model, rowOf("init none: EPERM=ffff"));
  expect(differences[0]?.lines).toEqual([
    "map ARRAY: model init none: ok=ffff; native init none: EPERM=ffff",
  ]);
  expect(explain(differences, knowing("EINVAL")).unexpected).toHaveLength(1);
  expect(explain(differences, knowing("EPERM"))).toMatchObject({ unexpected: [], idle: [] });
  expect(explain([], knowing("EPERM")).idle).toMatchObject([{ id: "a.test" }]);
  expect(compareMatrices("native", model, model)).toEqual([]);
});

test("an entry explains a row only if it explains each answer that differs", () => {
  const model = rowOf("init none: ok=ffff");
  const differences = compareMatrices("native", model, rowOf("init none: EPERM=00ff ok=ff00"));
  expect(explain(differences, knowing("EPERM")).unexpected).toEqual([]);
  const other = compareMatrices("native", model, rowOf("init none: EBUSY=0100 EPERM=feff"));
  expect(explain(other, knowing("EPERM")).unexpected).toHaveLength(1);
  const gone = compareMatrices("native", model, { rows: [] });
  expect(explain(gone, knowing("EPERM")).unexpected).toHaveLength(1);
});

test("the packed matrix has the answers of the model", { timeout: 600_000 }, () => {
  const release = "6.18";
  const bit = 1 << kernelReleases.indexOf(release);
  const kernel = createKernel({ release });
  const matrix = runMatrix(kernel);
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

/** A spec with its answers spelled out, because their numbers depend on the rest of the file. */
function spelled(spec: string, answers: readonly string[]): readonly string[] {
  return spec.split(" ").map((part) => {
    const [index, attach = ""] = part.split("@");
    return `${attach} ${answers[Number(index)]}`;
  });
}
