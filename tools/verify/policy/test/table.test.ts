// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { choosePrograms } from "../lib/choose.mjs";
import { countRows, isFine, pageLines, tableLines } from "../lib/table.mjs";

test("counts consequences by mask, and exceptions", () => {
  const counts = countRows([
    { skipped: "not loaded with every permission" },
    {
      rows: [
        { axis: "cmds", kind: "fails" },
        { axis: "cmds", kind: "loses" },
      ],
      ...{ verdict: "exact", computed: true, omitted: 2 },
    },
    { rows: [{ axis: "progs", kind: "not fails" }], verdict: "exact" },
    { rows: [{ axis: "caps", kind: "assumed" }], verdict: "assumed" },
    { rows: [{ axis: "all", kind: "too small" }], verdict: "lacking" },
  ]);
  expect(counts).toMatchObject({ objects: 4, skipped: 1, computed: 1, exceptions: 2 });
  expect(counts).toMatchObject({ exact: 2, assumed: 1, lacking: 1 });
  expect(tableLines(counts, "libbpf@1.5")).toEqual([
    "libbpf@1.5: 4 objects were judged, 1 cannot be loaded here. Of their policies, 2 are exact,",
    "1 have an assumed CAP_PERFMON that is not needed, and 1 lack something.",
    "1 of them were loaded without the programs that this kernel refuses with every permission.",
    "1 need CAP_PERFMON for what their instructions do, which the policy computes.",
    "",
    "| without one bit of | the load fails | a loss that the policy names | exceptions |",
    "|---|---|---|---|",
    "| cmds | 1 | 1 | 0 |",
    "| progs | 0 | 0 | 1 |",
    "| caps | 0 | 0 | 0 |",
    "| all | 0 | 0 | 1 |",
  ]);
});

test.each([
  ["all exact", { exact: 10 }, true],
  ["one of ten assumed", { exact: 9, assumed: 1 }, true],
  ["two of ten assumed", { exact: 8, assumed: 2 }, false],
  ["one lacks something", { exact: 9, lacking: 1 }, false],
  ["an exception", { exact: 10, exceptions: 1 }, false],
])("%s: %o is %s", (_, some, fine) => {
  expect(isFine({ ...{ objects: 10, lacking: 0, exceptions: 0 }, ...some })).toBe(fine);
});

test("the page names the kernel and has a table for each libbpf", () => {
  const page = pageLines([{ loader: "libbpf@1.7", counts: countRows([]) }], "6.18.44-x").join("\n");
  expect(page).toContain("Measured on Linux 6.18.\n");
  expect(page).toContain("## libbpf 1.7\n");
});

describe("choosePrograms()", () => {
  const object = {
    programs: ["a", "b", "c"].map((name) => ({ name, autoload: name !== "c" })),
  };
  /** A kernel that refuses some programs, in their order. */
  const refusing =
    (...names: readonly string[]) =>
    (omitted: readonly string[]) => {
      const name = names.find((one) => !omitted.includes(one));
      const printed = name === undefined ? "" : `libbpf: prog '${name}': failed to load: -22\n`;
      return { loaded: name === undefined, printed };
    };

  test("omits what the kernel refuses", () => {
    expect(choosePrograms(object, refusing()).omitted).toEqual([]);
    const { omitted, chosen } = choosePrograms(object, refusing("a"));
    expect(omitted).toEqual(["a"]);
    expect(chosen.programs.map((program: { autoload: boolean }) => program.autoload)).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("an object without a program that can be loaded is skipped", () => {
    expect(choosePrograms(object, refusing("a", "b"))).toEqual({
      skipped: "no program can be loaded here",
    });
    const map = () => ({ loaded: false, printed: "libbpf: map 'x': failed to create" });
    expect(choosePrograms(object, map).skipped).toBe("not loaded with every permission");
    const again = () => refusing("a")([]);
    expect(choosePrograms(object, again).skipped).toBe("not loaded with every permission");
  });
});
