// SPDX-License-Identifier: MIT
import { describe, expect, test } from "vitest";
import { choosePrograms } from "../lib/choose.mjs";
import { countRows, pageLines, tableLines } from "../lib/table.mjs";

test("counts consequences by mask, and exceptions", () => {
  const counts = countRows([
    { skipped: "not loaded with every permission" },
    {
      rows: [
        { axis: "cmds", kind: "fails" },
        { axis: "cmds", kind: "loses" },
      ],
      ...{ verifier: true, omitted: 2 },
    },
    { rows: [{ axis: "progs", kind: "not fails" }] },
  ]);
  expect(counts).toMatchObject({ objects: 2, skipped: 1, verifier: 1, exceptions: 1 });
  expect(tableLines(counts, "libbpf@1.5")).toEqual([
    "libbpf@1.5: 2 objects loaded with their policy, 1 cannot be loaded here.",
    "1 of them were loaded without the programs that this kernel refuses with every permission.",
    "1 also needed CAP_PERFMON for the verifier, which the policy does not predict.",
    "",
    "| without one bit of | the load fails | a loss that the policy names | exceptions |",
    "|---|---|---|---|",
    "| cmds | 1 | 1 | 0 |",
    "| progs | 0 | 0 | 1 |",
  ]);
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
