#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { changesByClass, changesByRule } from "./lib/changes.mjs";
import { judge, load, suiteOn } from "./lib/judge.mjs";

const HELP = `usage: npm run tool mutations -- SOURCE [--classes] [--release R] [--seconds N] [--every N] [--from N] [--seed N] [--no-suite] [--json FILE]

Changes every comparison, condition, errno and return of the token.c in SOURCE, one at a time, and
reports each change that neither the suite nor random sequences notice. SOURCE is a kernel tree, an
archive or a patch, as for bpf-token upstream build. The packages must be built. equivalent.json
lists the changes without an effect, with a reason, by the sha256 of the source and by line and column.

With --classes, the tool makes the changes of classes/*.json instead: of order, errno, refcount, leaks,
mask arithmetic, hook arguments and permission source in token.c and inode.c of Linux 6.12. Changes
for which SOURCE has no place are printed and skipped.

Options:
  --classes     make the changes of classes/*.json
  --release R   the release that SOURCE is compiled for (default: the release of SOURCE)
  --seconds N   how long random sequences try each change (default: 10)
  --every N     try one of N changes (default: 1)
  --from N      begin with change N (default: 0)
  --seed N      the seed of the random sequences (default: 1)
  --no-suite    do not run the suite on changes that the sequences do not notice
  --json FILE   also write every change and what noticed it to FILE

Exit codes: 0 every change is noticed or listed; 1 a change is not; 2 usage; 3 no such source.`;

const number = (value) => ({ type: "string", default: String(value) });
const options = {
  classes: flag,
  release: { type: "string" },
  seconds: number(10),
  every: number(1),
  from: number(0),
  seed: number(1),
  suite: { type: "boolean", default: true },
  json: { type: "string" },
};

function refine({ values, positionals }) {
  const [source, ...more] = positionals;
  if (source === undefined || more.length > 0) throw new RangeError("give one SOURCE");
  const names = ["seconds", "every", "from", "seed"];
  const numbers = names.map((name) => [name, wholeNumber(name, values[name])]);
  const all = { ...values, ...Object.fromEntries(numbers), source };
  if (all.every === 0) throw new RangeError("--every takes a whole number from 1");
  return all;
}

async function judgeAll(options, packages, files, release) {
  const compiler = packages.findSystemCompiler() ?? (await packages.yowaspCompiler());
  const model = (await packages.buildSequences([], { compiler })).module;
  const suite = options.suite ? suiteOn(packages, release) : [];
  const texts = new Map(files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]));
  const { changes, missing } = options.classes ? changesByClass(texts) : changesByRule(texts);
  for (const line of missing) console.log(`no place for: ${line}`);
  const { seconds, seed } = options;
  const common = { packages, model, suite, release, compiler, seconds, seed };
  const rows = [];
  for (const change of changes.filter((_, i) => i % options.every === options.from)) {
    const bytes = new TextEncoder().encode(change.text);
    const others = files.filter(({ path }) => path !== change.path);
    const verdict = await judge({ ...common, files: [...others, { path: change.path, bytes }] });
    const { place, group, why } = change;
    rows.push({ place, group, why, ...verdict });
    if (verdict.found === undefined) console.log(`not found: ${place}`);
  }
  return rows;
}

/** Counts values, most frequent first: `5 by a, 2 by b`. */
function counted(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([value, n]) => `${n} by ${value}`);
}

function printReport(rows) {
  const compiled = rows.filter(({ found }) => found !== "compiler");
  const missed = compiled.filter(({ found }) => found === undefined);
  const unknown = missed.filter(({ why }) => why === undefined);
  const stale = compiled.filter(({ found, why }) => found !== undefined && why !== undefined);
  for (const { place } of unknown) console.log(`not found, and no reason given: ${place}`);
  for (const { place } of stale) console.log(`found, although listed as undetectable: ${place}`);
  const found = compiled.length - missed.length;
  const nothing = missed.length - unknown.length;
  const change = compiled.length - nothing;
  const share = ((100 * found) / Math.max(1, change)).toFixed(1);
  const ways = counted(
    compiled.flatMap(({ found: way }) =>
      way === undefined ? [] : [way.endsWith(".yaml") ? "suite" : way],
    ),
  );
  console.log(
    `${rows.length} changes, ${rows.length - compiled.length} do not compile; ` +
      `${nothing} have no effect, with a reason; ` +
      `${found} of ${change} found (${share} %)${ways.length === 0 ? "" : `: ${ways.join(", ")}`}`,
  );
  return unknown.length > 0 || stale.length > 0 ? 1 : 0;
}

async function main(options) {
  const packages = await load();
  let source;
  try {
    source = await packages.findSource(options.source);
  } catch (cause) {
    if (!(cause instanceof packages.SourceError)) throw cause;
    console.error(cause.message);
    return 3;
  }
  const release =
    options.release ??
    (await packages.releaseOfTexts(source.files, source.release)) ??
    source.release;
  if (release === undefined) {
    console.error("unknown source: give its release with --release");
    return 2;
  }
  const rows = await judgeAll(options, packages, source.files, release);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(rows, null, 1));
  return printReport(rows);
}

process.exitCode = await main(
  readOptions(HELP, { options, allowNegative: true, allowPositionals: true }, refine),
);
