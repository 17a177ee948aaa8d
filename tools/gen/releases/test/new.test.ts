// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { releasesFile } from "../../../lib/releases.mjs";
import { emitReleases } from "../../uapi/emit-ts-releases.mjs";
import { changedFunctions, changedNames, definitionOf, trackedIn } from "../lib/changes.mjs";
import { withRelease } from "../lib/entry.mjs";

const old = `/* first() { } */
static int first(int a);

static int first(int a)
{
	return a; /* as it is */
}

SYSCALL_DEFINE2(second, int, a, int, b)
{
	return 0;
}
`;
const reader = (text: string) => () => text;

describe("a definition", () => {
  test("is found after its declaration, without comments and spacing", () => {
    expect(definitionOf(old, "first")).toBe("static int first(int a) { return a; }");
    expect(definitionOf(old, "second")).toContain("SYSCALL_DEFINE2(second,");
    expect(definitionOf(old, "third")).toBeUndefined();
  });
});

test("the functions after 'Models:' are tracked", () => {
  const text =
    "/*\n * What it does. Models: fs/a.c:first() and\n * kernel/b.c: second() (6.9..).\n */";
  expect(trackedIn("core-c/a.c", `${text}\n/* fs/c.c:third() */`)).toEqual([
    { path: "fs/a.c", name: "first", at: "core-c/a.c" },
    { path: "kernel/b.c", name: "second", at: "core-c/a.c" },
  ]);
});

test("a changed function is reported once, another comment is no change", () => {
  const tracked = ["first", "second", "first"].map((name) => ({ path: "fs/a.c", name, at: "b.c" }));
  const comment = old.replace("as it is", "in other words");
  expect(changedFunctions(tracked, reader(old), reader(comment))).toEqual([]);
  const changed = old.replace("return a;", "return -a;").replace("second", "other");
  expect(changedFunctions(tracked, reader(old), reader(changed))).toEqual([
    "changed: fs/a.c:first(), modelled in b.c",
    "gone: fs/a.c:second(), modelled in b.c",
  ]);
});

test("new and removed names of a header are reported", () => {
  const before = "enum a { /* ONE, */\n\tFIRST,\n\tLAST = 4\n};\n#define FLAG 1\n";
  const after = "enum a {\n\tFIRST,\n\tSECOND,\n\tLAST = 4\n};\n#define OTHER 1\n";
  expect(changedNames(["a.h"], reader(before), reader(after))).toEqual([
    "new: OTHER in a.h",
    "new: SECOND in a.h",
    "gone: FLAG in a.h",
  ]);
});

test("a new release has the guests of the one before, and the hashes of its source", () => {
  const text = readFileSync(releasesFile, "utf8");
  const added = withRelease(text, "9.9", (path) => path);
  expect(added.startsWith(text.slice(0, text.lastIndexOf("}\n  ]")))).toBe(true);
  const entry = JSON.parse(added).releases.at(-1);
  expect(entry).toMatchObject({ name: "9.9", rules: true, guests: ["x64"] });
  expect(entry.sources["kernel/bpf/token.c"]).toMatch(/^[\da-f]{64}$/);
  const files = emitReleases(JSON.parse(added).releases);
  expect(files.get("packages/bpf-token/src/generated/subject-names.ts")).toContain('"guest:9.9"');
  expect(() => withRelease(text, "9.9", () => undefined)).toThrow("no kernel/bpf/token.c");
});
