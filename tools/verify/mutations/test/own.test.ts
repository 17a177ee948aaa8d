// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { changedLines, named, range, sampled, sampledWithInner, score } from "../own/mutants.mjs";
import { reaching } from "../own/native/coverage.mjs";
import { mutantsOfC } from "../own/native.mjs";
import { pageOf } from "../own/page.mjs";

interface Mutant {
  readonly rule: string;
  readonly to: string;
  readonly line: number;
  readonly text: string;
  readonly id: string;
}

const c = `/* SPDX */
int f(int a)
{
	close_it(a);
	check(a & 022, FIRST | SECOND);
	for (;;) {
		if (a)
			break;
		continue;
	}
	return size + 1;
}
`;

test("own C is also changed at calls, flags, masks, jumps and sums", () => {
  const mutants = mutantsOfC("f.c", c) as readonly Omit<Mutant, "id">[];
  const rules = mutants.map(({ line, rule }) => `${line} ${rule}`);
  expect(rules).toEqual([
    ...["4 call is gone", "5 call is gone", "5 flag is gone", "5 mask is 0"],
    ...["7 if is always", "7 if is never", "8 break is gone", "9 continue is gone"],
    ...["11 return 0", "11 return the contrary", "11 + 1 is gone"],
  ]);
  expect(mutants.map(({ text }) => text)).not.toContain(c);
  expect(mutants[3]?.text).toContain("check(a & 0, FIRST | SECOND);");
  expect(mutants[2]?.text).toContain("check(a & 022, SECOND);");
  expect(mutants[0]?.text).toContain("\t;\n\tcheck");
  for (const { text } of mutants) expect(text.split("\n").length).toBe(c.split("\n").length);
});

describe("ids", () => {
  const of = (text: string): readonly Mutant[] => named("f.c", text, mutantsOfC("f.c", text));
  const ids = (text: string): readonly string[] => of(text).map(({ id }) => id);

  test("differ, and stay if other lines change", () => {
    expect(new Set(ids(c)).size).toBe(ids(c).length);
    expect(ids(`// one more line\n${c}`)).toEqual(ids(c));
  });

  test("differ for equal lines", () => {
    const twice = "\tclose_it(a);\n\tclose_it(a);\n";
    expect(new Set(ids(`\n${twice}`)).size).toBe(2);
  });

  test("change with the line", () => {
    expect(ids(c.replace("022", "033"))).not.toEqual(ids(c));
  });
});

describe("a sample", () => {
  const all = Array.from({ length: 100 }, (_, i) => ({ id: `id ${i}` }));

  test("is the same for a seed, and another one for another seed", () => {
    expect(sampled(all, 10, 1)).toEqual(sampled([...all].reverse(), 10, 1));
    expect(sampled(all, 10, 1)).not.toEqual(sampled(all, 10, 2));
    expect(sampled(all, 1000, 1).length).toBe(100);
  });

  test("keeps nearly all of its mutants if one is added", () => {
    const before = sampled(all, 10, 1);
    const after = sampled([...all, { id: "new" }], 10, 1);
    expect(before.filter((one: object) => after.includes(one)).length).toBeGreaterThanOrEqual(9);
  });
});

test("a sample has what is inside of its places, and is no larger for it", () => {
  const at = (line: number, from: number, to: number) => ({
    ...{ id: `${line} ${from} ${to}`, file: "f.ts" },
    location: { start: { line, column: from }, end: { line, column: to } },
  });
  const lines = Array.from({ length: 50 }, (_, i) => [at(i, 0, 9), at(i, 0, 4), at(i, 6, 9)]);
  const some = sampledWithInner(lines.flat(), 12, 1) as readonly ReturnType<typeof at>[];
  expect(some.length).toBeGreaterThanOrEqual(12);
  expect(some.length).toBeLessThanOrEqual(14);
  const outer = some.filter(({ location: { end, start } }) => end.column - start.column === 9);
  for (const { location } of outer)
    expect(some.filter((one) => one.location.start.line === location.start.line)).toHaveLength(3);
  const c = [
    { id: "a", file: "f.c" },
    { id: "b", file: "f.c" },
  ];
  expect(sampledWithInner(c, 1, 1)).toHaveLength(1);
});

test("the lines of a diff are those that it adds or changes", () => {
  const diff = `diff --git a/x.ts b/x.ts
--- a/x.ts
+++ b/x.ts
@@ -3 +3,2 @@ function
-old
+new
+newer
@@ -9,2 +10,0 @@
-gone
@@ -20 +19 @@
-a
+b
--- a/gone.ts
+++ /dev/null
@@ -1 +0,0 @@
-x
`;
  expect([...changedLines(diff)]).toEqual([["x.ts", new Set([3, 4, 19])]]);
});

test("the score skips what has no effect", () => {
  expect(score({ found: 90, missed: 20, equivalent: 10 })).toBe(90);
  expect(score({ found: 0, missed: 3, equivalent: 3 })).toBe(100);
});

test("the range of a score narrows with the number of changes", () => {
  const of = (found: number, missed: number) =>
    range({ found, missed, equivalent: 0 }).map((one) => Math.round(one));
  expect(of(27, 3)).toEqual([74, 97]);
  expect(of(270, 30)).toEqual([86, 93]);
  expect([of(30, 0), of(0, 0)]).toEqual([
    [89, 100],
    [0, 100],
  ]);
});

test("docs/mutations.md shows results.json", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const [results, reasons, scores] = ["results", "equivalent-own", "fair"].map(
    (name) => JSON.parse(read(`../own/${name}.json`)) as Record<string, never>,
  );
  expect(read("../../../../docs/mutations.md")).toBe(pageOf(results, reasons, scores));
});

test("the page counts each part and lists what no test notices", () => {
  const miss = { line: 3, rule: "if is never", to: "0", code: "if (a | b)" };
  const rows = [
    { id: "a", file: "x/y/hook/main.c", found: true },
    { id: "b", file: "x/y/hook/main.c", found: false, ...miss },
    { id: "c", file: "x/y/hook/main.c", found: false, ...miss },
  ];
  const seeds = [
    { seed: 1, judged: 9, missed: [] },
    { seed: 2, judged: 4, missed: ["a", "c"] },
  ];
  const page = pageOf({ hook: rows, recorder: [] }, { c: "no effect" }, { hook: seeds });
  const fair = "| 2 | 2 of 3 | 66.7 % | 21 to 94 % |";
  expect(page).toContain(`| hook | 90 % ${fair} 3 | 1 | 1 | 1 | 50.0 % |`);
  expect(page).toContain("| recorder | 90 % | – | – | not measured | – | 0 |");
  expect(page.match(/hook\/main\.c/g)).toHaveLength(1);
  expect(page).toContain("| `hook/main.c` | if is never: `0` | `if (a \\| b)` |");
});

test("the tests that reach a line of C are those that ran its block", () => {
  const code =
    "int f(void)\n{\n\tint a = 1;\n\n\treturn\n\t\ta;\n}\n\nint unused(void)\n{\n\treturn 1;\n}\nint t[] = {\n\t1,\n};\n";
  const lines = new Map([
    ["f.c:3", new Set([10])],
    ["f.c:5", new Set([20])],
  ]);
  const traces = [
    { name: "first", set: [10] },
    { name: "both", set: [10, 20] },
    { name: "unknown", set: undefined },
  ];
  const of = (line: number): readonly string[] | undefined =>
    (reaching(lines, traces, "x/f.c", line, code) as typeof traces | undefined)?.map(
      ({ name }) => name,
    );
  expect(of(3)).toEqual(["first", "both", "unknown"]);
  // A line without code belongs to the one before it.
  expect([of(5), of(6)]).toEqual([
    ["both", "unknown"],
    ["both", "unknown"],
  ]);
  // The program does not contain this function; a table can decide in any test.
  expect([of(11), of(14), of(1)]).toEqual([[], undefined, undefined]);
});
