// SPDX-License-Identifier: MIT
// In the process of the tests: takes notes of what each test reaches, or runs only some tests.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

const folder = process.env.BPF_TOKEN_MUTATION_FOLDER;
const { trace, tests } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
const wanted = tests === undefined ? undefined : new Set(tests);
const map = join(folder, "map");

/** A test by its file and its name with the names of its groups. */
function nameOf({ name, suite, file }) {
  let full = name;
  for (let one = suite; one !== undefined; one = one.suite) full = `${one.name} > ${full}`;
  return `${file.filepath} > ${full}`;
}

function note(kind, name) {
  const bytes = readFileSync(map);
  const set = [];
  for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1, at + 1)) set.push(at);
  // Programs have mapped the file: its length stays.
  writeFileSync(map, Buffer.alloc(bytes.length), { flag: "r+" });
  appendFileSync(join(folder, "traces"), `${JSON.stringify({ kind, name, set })}\n`);
}

beforeEach(({ task, skip }) => {
  if (wanted !== undefined && !wanted.has(nameOf(task))) skip();
  if (trace) note("before", nameOf(task));
});

afterEach(({ task }) => {
  if (trace) note("in", nameOf(task));
});
