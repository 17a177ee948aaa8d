// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { root } from "../../../lib/run.mjs";
import { findLanguage } from "../language.mjs";
import { compilePhrases, findPhrases } from "../lib/phrases.mjs";
import { proseOf } from "../lib/prose.mjs";

interface Finding {
  path: string;
  line: number;
  column: number;
  found: string;
}

const readDocs = (name: string) => readFileSync(`${root}docs/${name}`, "utf8");
const { phrases } = JSON.parse(readDocs("glossary.json")) as {
  phrases: { find: string; write: string; except?: { find: string; reason: string }[] }[];
};

function language(...files: [path: string, source: string][]): string[] {
  const findings: Finding[] = findLanguage(files, phrases);
  return findings.map(({ path, line, column, found }) => `${path}:${line}:${column} ${found}`);
}

const open = "\u0024{";

let found: string[] = [];
// One call for both tests, because the spelling checker takes seconds to start.
beforeAll(() => {
  found = language(
    [
      "a.md",
      "# The first user namespace\n\nIt stands behind the *BPF\nFS*, parted by a\n> mountt.\n",
    ],
    [
      "b.ts",
      [
        "/** What is asked for by path",
        " * lives through it. */",
        "// It is put",
        "// back without a word.",
        'throw new Error("the kernel " + "tells the " +',
        '  "caller: a table of functions");',
        `const text = \`no ${open}map["{ \\"}"]} for the first namespace\`;`,
        "const quote = /[\"'`/]/.test(text) ? 4 / 2 : 'held against it'; // by chance",
      ].join("\n"),
    ],
    ["c.c", '/* The kernel\'s own text. */\nint a = b / c; /* goes on */\nf("a type of map");\n'],
    ["d.def", 'CHECK(A, "a", "the text of the kernel is beside it")\n'],
    ["e.yaml", "name: x\nsteps:\n  - by: beside # anew\n    say: >-\n      It was\n      told.\n"],
    ["f.sh", "#!/bin/sh\n# a writen word\necho 'behind'\n"],
    [
      "plain/a.md",
      "The kernel compares both; files left behind are removed.\n\n```sh\nbehind\n```\n`beside`\n",
    ],
    [
      "plain/b.ts",
      `// Tells you which two were told apart.\nconst beside = { tells: "behind", x: "BPF", y: "FS" };\n`,
    ],
    [
      "plain/c.c",
      "/* Prints the map type; `mnt_id` and no_new_privs stay. */\nint behind = beside;\n",
    ],
    ["plain/d.yaml", "name: a scenario\nsteps:\n  - by: beside\n"],
    ["plain/e.sh", "behind=$1\n"],
    ["plain/f.txt", "behind"],
  );
});
const isPlain = (line: string) => line.startsWith("plain/");

test("20 planted phrases and spelling mistakes are found at their places", () => {
  expect(found.filter((line) => !isPlain(line))).toEqual([
    "a.md:1:7 first user namespace",
    "a.md:3:11 behind",
    "a.md:3:23 BPF FS",
    "a.md:4:6 parted by",
    "a.md:5:3 mountt",
    "b.ts:1:5 What is asked for",
    "b.ts:1:13 asked for by path",
    "b.ts:2:4 lives through",
    "b.ts:3:10 put back",
    "b.ts:4:9 without a word",
    "b.ts:5:34 tells",
    "b.ts:6:14 table of functions",
    "b.ts:7:42 first namespace",
    "b.ts:8:46 held against",
    "b.ts:8:67 by chance",
    "c.c:1:8 kernel's own text",
    "c.c:2:19 goes on",
    "c.c:3:6 type of map",
    "d.def:1:20 text of the kernel",
    "d.def:1:42 beside",
    "e.yaml:3:18 anew",
    "e.yaml:5:10 was told",
    "f.sh:2:5 writen",
  ]);
});

test("plain text, code and exceptions are no findings", () => {
  expect(found.filter(isPlain)).toEqual([]);
});

test("the phrases of the glossary's third column are banned", () => {
  const compiled = compilePhrases(phrases);
  const rows = readDocs("glossary.md").matchAll(/^\| [^|]+ \| [^|]+ \|([^|]*)\|$/gm);
  const banned = [...rows].flatMap(([, not = ""]) => [...not.matchAll(/`([^`]+)`/g)]);
  expect(banned.length).toBeGreaterThan(30);
  const path = "packages/kernel-native/a.md";
  const missed = banned.filter(([, phrase]) => findPhrases(compiled, path, phrase).length === 0);
  expect(missed.map(([, phrase]) => phrase)).toEqual([]);
});

test("an entry gives a better wording, and a reason for each exception", () => {
  for (const { write, except = [] } of phrases) {
    expect(write).not.toBe("");
    for (const { reason } of except) expect(reason).not.toBe("");
  }
});

test("the words of the project are sorted", () => {
  const words = readFileSync(`${root}tools/verify/language/words.txt`, "utf8")
    .trimEnd()
    .split("\n");
  expect(words).toEqual([...new Set(words)].sort());
});

test("prose keeps the offsets of its file", () => {
  const source = readFileSync(new URL(import.meta.url), "utf8");
  expect(proseOf("a.ts", source)).toHaveLength(source.length);
});
