// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { changesByClass } from "../lib/changes.mjs";
import { applyChange, readClasses } from "../lib/classes.mjs";

const text = `static int f(int a);

static int *
g(int a)
{
	return a ? f(a) : 0;
}

static int f(int a)
{
	int b = a;

	if (a < 0)
		return g(b);
	return b;
}
`;

const edit = (find: string, replace: string) => ({ find, replace });

test("edits the definition of the named function, not its declaration or its calls", () => {
  const made = applyChange(text, { function: "f", edits: [edit("a < 0", "a > 0")] });
  expect(made).toEqual({ text: text.replace("a < 0", "a > 0"), line: 13 });
  const other = applyChange(text, { function: "g", edits: [edit("f(a)", "f(0)")] });
  expect(other.text).toBe(text.replace("f(a) :", "f(0) :"));
});

test("exchanges two places with two edits", () => {
  const edits = [edit("int b = a;", "return b;"), edit("return b;", "int b = a;")];
  const { text: made } = applyChange(text, { function: "f", edits });
  expect(made?.indexOf("return b;")).toBeLessThan(made?.lastIndexOf("int b = a;") ?? 0);
});

test.each([
  ["h", "x", "no function h()"],
  ["f", "xyz", "'xyz' occurs 0 times in f(), not once"],
  ["f", "b", "'b' occurs 3 times in f(), not once"],
])("has no place in %s() for %s", (name, find, missing) => {
  expect(applyChange(text, { function: name, edits: [edit(find, "")] })).toEqual({ missing });
});

test("has at least 60 changes in seven classes, each with its own description", () => {
  const mutants = (
    readClasses() as readonly {
      readonly path: string;
      readonly mutants: readonly {
        readonly class: string;
        readonly function: string;
        readonly what: string;
        readonly edits: readonly { readonly find: string; readonly replace: string }[];
      }[];
    }[]
  ).flatMap(({ path, mutants }) => mutants.map((mutant) => ({ path, ...mutant })));
  expect(mutants.length).toBeGreaterThanOrEqual(60);
  expect(new Set(mutants.map((mutant) => mutant.class)).size).toBe(7);
  expect(
    new Set(mutants.map(({ path, function: name, what }) => `${path} ${name} ${what}`)).size,
  ).toBe(mutants.length);
  for (const { edits } of mutants) {
    expect(edits.length).toBeGreaterThan(0);
    // short texts to find a place by, not upstream source
    for (const { find } of edits) expect(find.split("\n").length).toBeLessThanOrEqual(3);
  }
});

test("names the changes for which a source has no place", () => {
  const { changes, missing } = changesByClass(new Map([["kernel/bpf/token.c", text]]));
  expect(changes).toEqual([]);
  expect(missing).toContainEqual(expect.stringContaining("no function bpf_token_create()"));
  expect(missing).toContainEqual(expect.stringMatching(/^inode\.c: .*: not in this source$/));
});

test("plants 40 bugs, which are no kernel source: a few words to find and to replace", () => {
  const bugs = readClasses("planted").flatMap(({ mutants }) => mutants as readonly Planted[]);
  expect(bugs).toHaveLength(40);
  expect(new Set(bugs.map(({ function: name, what }) => `${name} ${what}`)).size).toBe(40);
  for (const { edits } of bugs) {
    for (const { find, replace } of edits) {
      expect(find.length).toBeLessThanOrEqual(60);
      expect(replace.length).toBeLessThanOrEqual(100);
      expect(find).not.toBe(replace);
    }
  }
});

interface Planted {
  readonly function: string;
  readonly what: string;
  readonly edits: readonly { readonly find: string; readonly replace: string }[];
}
