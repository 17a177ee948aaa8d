// SPDX-License-Identifier: MIT
import * as loader from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { expect, type TestContext, test } from "vitest";
import { fixture as loaderFixture } from "../../../../packages/loader/test/compile.ts";
import { compileFixture } from "../../../../packages/object/test/compile.mjs";
import { compareAllProbes, compareProbes, plannedProbes } from "../lib/probes.mjs";
import { asSeenBy } from "../lib/sections.mjs";

const packages = { object, loader };
const kernel = {
  btf: object.Btf.parse(object.encodeBtf([])),
  processors: 2,
  release: "6.18.44",
};

function fixture(context: TestContext): Uint8Array {
  const file = compileFixture("maps");
  return file ?? context.skip("comparison with libbpf's probes: no clang found to compile objects");
}

/** Probes of libbpf that are equal to our plan. */
function agreeing(file: Uint8Array, token: boolean) {
  const about = { file: "/somewhere/fixture.o", token, program: -1, error: 0, loadError: 0 };
  const spec = object.parseObject(file, { name: "fixture.o" });
  const { lines } = plannedProbes(packages, kernel, spec, about);
  return { ...about, lines };
}

test("equal probes have no difference, and probes are compared", (context) => {
  const file = fixture(context);
  const loads = [agreeing(file, false), agreeing(file, true)];
  const { objects, withToken, probes, equal, differences } = compareAllProbes(
    packages,
    kernel,
    loads,
    () => file,
  );
  expect([objects, withToken, equal, differences]).toEqual([1, 1, 2, []]);
  expect(probes).toBeGreaterThan(25);
  expect(loads[1]?.lines.some((line: string) => line.includes("token=1"))).toBe(true);
});

const changes: readonly (readonly [what: string, change: (lines: string[]) => void])[] = [
  ["one less", (lines) => lines.pop()],
  ["one more", (lines) => lines.push("LINK_CREATE")],
  ["another order", (lines) => lines.reverse()],
  ["another place", (lines) => lines.splice(lines.indexOf("own btf"), 1)],
  ["another type", (lines) => lines.splice(1, 1, (lines[1] ?? "").replace("type=1", "type=2"))],
  ["another token", (lines) => lines.splice(1, 1, (lines[1] ?? "").replace("token=0", "token=1"))],
];

test("reports a single difference", (context) => {
  const file = fixture(context);
  for (const [what, change] of changes) {
    const theirs = agreeing(file, false);
    const lines = [...theirs.lines];
    change(lines);
    const { difference } = compareProbes(packages, kernel, file, { ...theirs, lines });
    expect([what, difference]).toEqual([what, expect.stringMatching(/^call \d+: .*libbpf has /)]);
  }
});

test("a program whose section name is newer than libbpf has no type for it", (context) => {
  const file = loaderFixture(context, "newer");
  const spec = object.parseObject(file, { name: "fixture.o" });
  const program = spec.programs.findIndex(({ name }) => name === "fentry_multi");
  const about = { file: "/somewhere/fixture.o", token: false, program, error: 0, loadError: -22 };
  const { lines } = plannedProbes(packages, kernel, asSeenBy("1.7", object, spec), about);
  const equals = (version: string) => {
    const theirs = { ...about, lines };
    return compareProbes(packages, kernel, file, theirs, version).difference === undefined;
  };
  expect(["1.5", "1.7", "1.8"].map(equals)).toEqual([true, true, false]);
});

test("a file that our parser refuses equals a load of libbpf without probes", () => {
  const theirs = { file: "x.o", token: false, program: -1, error: 0, loadError: -22 };
  const compare = (lines: string[]) =>
    compareProbes(packages, kernel, new Uint8Array(64), { ...theirs, lines }).difference;
  expect(compare([])).toBeUndefined();
  expect(compare(["LINK_CREATE"])).toContain("nothing more");
});
