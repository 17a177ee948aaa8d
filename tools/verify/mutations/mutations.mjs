#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { judge, load, suiteOn } from "./lib/judge.mjs";
import { mutantsOf } from "./lib/sites.mjs";

const HELP = `usage: npm run mutations -- SOURCE [--release R] [--seconds N] [--every N] [--from N] [--seed N] [--json FILE]

Changes every comparison, condition, errno and return of the token.c in SOURCE, one at a time, and
reports each change that neither the suite nor random sequences notice. SOURCE is a kernel tree, an
archive or a patch, as for bpf-token upstream build. The packages must be built. equivalent.json
lists the changes without an effect, with a reason, by the sha256 of the source and by line and column.

Options:
  --release R   the release that SOURCE is compiled for (default: the release of SOURCE)
  --seconds N   how long random sequences try each change (default: 10)
  --every N     try one of N changes (default: 1)
  --from N      begin with change N (default: 0)
  --seed N      the seed of the random sequences (default: 1)
  --json FILE   also write every change and what noticed it to FILE

Exit codes: 0 every change is noticed or listed; 1 a change is not; 2 usage; 3 no such source.`;
const TOKEN = "kernel/bpf/token.c";
const here = dirname(fileURLToPath(import.meta.url));

const number = (value) => ({ type: "string", default: String(value) });
const options = {
  release: { type: "string" },
  seconds: number(10),
  every: number(1),
  from: number(0),
  seed: number(1),
  json: { type: "string" },
};

function refine({ values, positionals }) {
  const [source, ...more] = positionals;
  if (source === undefined || more.length > 0) throw new RangeError("give one SOURCE");
  const names = ["seconds", "every", "from", "seed"];
  const numbers = names.map((name) => [name, wholeNumber(name, values[name])]);
  return { ...values, ...Object.fromEntries(numbers), source };
}

/** Places of a source that can change without an observable effect, with the reason. */
function equivalent(sha256) {
  const all = JSON.parse(readFileSync(join(here, "equivalent.json"), "utf8"));
  return all[sha256] ?? [];
}

const same = (a, b) => a.rule === b.rule && a.line === b.line && a.column === b.column;
const place = ({ line, column, rule }) => `token.c:${line}:${column}: ${rule}`;

async function judgeAll(options, packages, files, release) {
  const compiler = packages.findSystemCompiler() ?? (await packages.yowaspCompiler());
  const model = (await packages.buildSequences([], { compiler })).module;
  const suite = suiteOn(packages, release);
  const token = files.find(({ path }) => path === TOKEN);
  const others = files.filter(({ path }) => path !== TOKEN);
  const text = new TextDecoder().decode(token.bytes);
  const { seconds, seed } = options;
  const common = { packages, model, suite, release, compiler, seconds, seed };
  const chosen = mutantsOf(text).filter((_, i) => i % options.every === options.from);
  const rows = [];
  for (const mutant of chosen) {
    const bytes = new TextEncoder().encode(mutant.text);
    const found = await judge({ ...common, files: [...others, { path: TOKEN, bytes }] });
    const { rule, line, column } = mutant;
    rows.push({ rule, line, column, found });
    if (found === undefined) console.log(`not found: ${place(mutant)}`);
  }
  return { rows, sha256: createHash("sha256").update(token.bytes).digest("hex") };
}

function printReport(rows, known) {
  const missed = rows.filter(({ found }) => found === undefined);
  const unknown = missed.filter((row) => !known.some((one) => same(one, row)));
  const stale = known.filter((one) =>
    rows.some((row) => same(one, row) && row.found !== undefined && row.found !== "compiler"),
  );
  for (const row of unknown) console.log(`not found, and no reason given: ${place(row)}`);
  for (const one of stale)
    console.log(`found, although equivalent.json excludes it: ${place(one)}`);
  const compiled = rows.filter(({ found }) => found !== "compiler");
  const ways = Map.groupBy
    ? Map.groupBy(compiled, ({ found }) => (found?.endsWith(".yaml") ? "suite" : found))
    : new Map();
  const counts = [...ways].map(([way, list]) => `${list.length} by ${way ?? "nothing"}`).join(", ");
  const found = compiled.length - missed.length;
  const nothing = missed.length - unknown.length;
  const change = compiled.length - nothing;
  const share = ((100 * found) / Math.max(1, change)).toFixed(1);
  console.log(
    `${rows.length} changes, ${rows.length - compiled.length} do not compile; ` +
      `${nothing} have no effect, with a reason; ` +
      `${found} of ${change} found (${share} %)${counts === "" ? "" : `: ${counts}`}`,
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
  const { rows, sha256 } = await judgeAll(options, packages, source.files, release);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(rows, null, 1));
  return printReport(rows, equivalent(sha256));
}

process.exitCode = await main(readOptions(HELP, { options, allowPositionals: true }, refine));
