// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, inject, onTestFinished, test } from "vitest";
import { candidatesIn } from "../../src/cli/commands/lint/walk.ts";

/** A repository with files; each has a name that lint reads. */
function repository(paths: readonly string[]): string {
  const place = mkdtempSync(join(tmpdir(), "bpf-token-ignore-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  execFileSync("git", ["init", "-q", place]);
  for (const path of paths) {
    mkdirSync(join(place, path, ".."), { recursive: true });
    writeFileSync(join(place, path), "");
  }
  return place;
}

const ours = (place: string): readonly string[] =>
  [...candidatesIn([place], { exclude: [], folder: place })]
    .map(({ path }) => path.slice(place.length + 1))
    .sort();

function gits(place: string): readonly string[] {
  const words = ["-C", place, "ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"];
  const { stdout } = spawnSync("git", words, { encoding: "utf8" });
  return stdout
    .split("\0")
    .filter((path) => path !== "" && !path.endsWith(".gitignore"))
    .sort();
}

const paths = [
  ...["a", "b", "ab", "a-b", "A1", "a b", "c/a", "c/b", "c/d/a", "c/d/ab", "d/a", "d/c/d/b", "]a"],
  ...["d/d/d/a", "!a", "#a", "b ", "-", "a\\b", "d/[a]", "^a"],
];

test.each([
  ["*", "!a", "!c/", "!c/**"],
  ["c/**"],
  ["**/d/**"],
  ["c/**/a"],
  ["/**/a"],
  ["**"],
  ["a/**"],
  ["c**"],
  ["c**a", "**a"],
  ["[a-c]", "![b]"],
  ["[!a]", "d/[^a]"],
  ["[[:alpha:]]", "[[:upper:][:digit:]]?"],
  ["[[:nothing:]]", "[[:alpha]"],
  ["[]a]", "[]]a", "[]-a]"],
  ["[a", "[", "a\\"],
  ["\\!a", "\\#a", "#a", "\\a"],
  ["b\\ ", "a b   ", "b "],
  ["/c/", "d/c/"],
  ["//a", "c//a", "/", "!"],
  ["A*", "a\r"],
  ["[\\]]a", "[a\\-b]", "[a-]", "[-a]", "[c-a]"],
  ["d/*/d", "d/?/?", "[cd]/[!a]"],
])("ignores what git ignores for %j", (...lines) => {
  const place = repository(paths);
  writeFileSync(join(place, ".gitignore"), lines.join("\n"));
  expect(ours(place)).toEqual(gits(place));
});

const piece = fc.constantFrom(
  ...[
    "a",
    "b",
    "c",
    "d",
    "*",
    "**",
    "?",
    "/",
    "!",
    "[",
    "]",
    "-",
    "^",
    "\\",
    " ",
    "#",
    "[:alpha:]",
  ],
);
// Nobody writes a slash in a class or after a backslash. In git it is one of the path.
const line = fc
  .array(piece, { minLength: 1, maxLength: 7 })
  .map((all) => all.join(""))
  .filter((text) => !/\[.*\/|\\\//.test(text));

test("ignores what git ignores, for random patterns", () => {
  const place = repository(paths);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), fc.array(line), (top, below) => {
      writeFileSync(join(place, ".gitignore"), top.join("\n"));
      writeFileSync(join(place, "c/.gitignore"), below.join("\n"));
      expect(ours(place)).toEqual(gits(place));
    }),
    { numRuns: inject("full") ? 150 : 30 },
  );
});

test("a hostile pattern neither stops nor ends the command", () => {
  const deep = `${"a/".repeat(250)}x`;
  const place = repository([deep, `${"a".repeat(250)}`]);
  const lines = [
    ...["**/a/**/a/**/a/**/a/**/a/**/b", `${"*a".repeat(100)}b`, `${"a/**/".repeat(600)}b`],
    ...[
      "x".repeat(1e5),
      "\\".repeat(1e5),
      " ".repeat(1e5),
      "[".repeat(1e5),
      `[${"a-".repeat(1e4)}`,
    ],
  ];
  writeFileSync(join(place, ".gitignore"), lines.join("\n"));
  expect(ours(place)).toEqual([deep, "a".repeat(250)]);
});
