#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// mutations.mjs SOURCE [--release R] [--seconds N] [--every N] [--from N] [--seed N] [--json FILE]:
// changes every comparison, condition, errno and return of the token.c in SOURCE (as of `bpf-token
// upstream build`), one at a time, and looks whether suite and sequences find it out. The text stays
// where it is; equivalent.json names places by line and column of a text by its sha256.
// Exit codes: 0 what was not found is known to change nothing, 1 not, 2 usage, 3 no source.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { judge, load, suiteOn } from "./lib/judge.mjs";
import { mutantsOf } from "./lib/sites.mjs";

const USAGE =
  "usage: mutations.mjs SOURCE [--release R] [--seconds N] [--every N] [--from N] [--seed N] [--json FILE]";
const TOKEN = "kernel/bpf/token.c";
const here = dirname(fileURLToPath(import.meta.url));

function parse(argv) {
  try {
    const number = (value) => ({ type: "string", default: String(value) });
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        release: { type: "string" },
        seconds: number(10),
        every: number(1),
        from: number(0),
        seed: number(1),
        json: { type: "string" },
      },
    });
    const [source, ...more] = positionals;
    if (source === undefined || more.length > 0) throw new Error("give one SOURCE");
    const numbers = ["seconds", "every", "from", "seed"].map((key) => [key, Number(values[key])]);
    const wrong = numbers.find(([, n]) => !Number.isInteger(n) || n < 0);
    if (wrong) throw new Error(`--${wrong[0]} takes a whole number`);
    return { ...values, ...Object.fromEntries(numbers), source };
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

/** Places of a text that can be changed without anybody noticing, with the reason. */
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

function tell(rows, known) {
  const missed = rows.filter(({ found }) => found === undefined);
  const unknown = missed.filter((row) => !known.some((one) => same(one, row)));
  const stale = known.filter((one) =>
    rows.some((row) => same(one, row) && row.found !== undefined && row.found !== "compiler"),
  );
  for (const row of unknown) console.log(`nobody notices, and nobody says why: ${place(row)}`);
  for (const one of stale) console.log(`found, though it is said that it cannot be: ${place(one)}`);
  const compiled = rows.filter(({ found }) => found !== "compiler");
  const ways = Map.groupBy
    ? Map.groupBy(compiled, ({ found }) => (found?.endsWith(".yaml") ? "suite" : found))
    : new Map();
  const told = [...ways].map(([way, list]) => `${list.length} by ${way ?? "nothing"}`).join(", ");
  const found = compiled.length - missed.length;
  const nothing = missed.length - unknown.length;
  const change = compiled.length - nothing;
  const share = ((100 * found) / Math.max(1, change)).toFixed(1);
  console.log(
    `${rows.length} changes, ${rows.length - compiled.length} do not compile; ` +
      `${nothing} change nothing, with a reason; ` +
      `${found} of ${change} found (${share} %)${told === "" ? "" : `: ${told}`}`,
  );
  return unknown.length > 0 || stale.length > 0 ? 1 : 0;
}

async function main(argv) {
  const options = parse(argv);
  if (options === undefined) return 2;
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
    options.release ?? (await packages.releaseOfTexts(source.files)) ?? source.release;
  if (release === undefined) {
    console.error("the text is not known: give --release");
    return 2;
  }
  const { rows, sha256 } = await judgeAll(options, packages, source.files, release);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(rows, null, 1));
  return tell(rows, equivalent(sha256));
}

process.exitCode = await main(process.argv.slice(2));
