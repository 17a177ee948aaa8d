#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { flag, readOptions, wholeNumber } from "../../../lib/options.mjs";
import { root } from "../../../lib/run.mjs";
import { changedLines, named, sampled, sampledWithInner, score } from "./mutants.mjs";
import { parts } from "./packages.mjs";
import { pageOf } from "./page.mjs";

const HELP = `usage: npm run tool mutations:own -- [OPTION]... [PART]...

Changes the source of this repository at one place at a time, and reports each change that no test
notices. PART is one of ${Object.keys(parts).join(", ")};
without one, all are changed. Stryker makes the changes of TypeScript and runs the tests that reach
them; native programs are compiled, and their tests run with the changed program, as root in
namespaces of their own. results.json keeps what was found, so that only what changed runs again;
equivalent-own.json lists the changes without an effect, with a reason.

Options:
  --sample N     try N changes of each part; with --changed, of all (default: 100)
  --changed REV  only changes of lines that differ from the commit REV
  --seed N       which changes are tried (default: 1)
  --seconds N    end after this time, with what was tried (default: no limit)
  --again        also try what results.json has a result for
  --fair         with a new seed, before tests are written for it: keep the score in fair.json
  --verbose      print each change of a native program with the time that it takes
  --write        write results.json and docs/mutations.md

Exit codes: 0 enough changes are noticed; 1 too few are; 2 usage; 3 not possible here.`;

const RESULTS = join(import.meta.dirname, "results.json");
const EQUIVALENT = join(import.meta.dirname, "equivalent-own.json");
const FAIR = join(import.meta.dirname, "fair.json");
const PAGE = join(root, "docs/mutations.md");
/** For changed lines; fewer mutants say little about a share. */
const LEAST_CHANGED = 80;
const ENOUGH_CHANGED = 20;

const options = {
  sample: { type: "string", default: "100" },
  changed: { type: "string" },
  seed: { type: "string", default: "1" },
  seconds: { type: "string", default: "1000000" },
  again: flag,
  fair: flag,
  verbose: flag,
  write: flag,
};

function refine({ values, positionals }) {
  const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) throw new RangeError(`'${unknown}' is no part`);
  const numbers = ["sample", "seed", "seconds"].map((n) => [n, wholeNumber(n, values[n])]);
  const names = positionals.length > 0 ? positionals : Object.keys(parts);
  return { ...values, ...Object.fromEntries(numbers), names };
}

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});
const languages = {
  ts: async () => {
    const { mutantsOfTypeScript, judgeTypeScript } = await import("./typescript.mjs");
    return {
      mutantsOf: mutantsOfTypeScript,
      judge: judgeTypeScript,
    };
  },
  c: async () => {
    const { mutantsOfC, judgeC } = await import("./native.mjs");
    return { mutantsOf: mutantsOfC, judge: judgeC };
  },
};

/** The files whose path starts with a text and ends with another one. */
function filesBelow(start, end) {
  const folder = start.endsWith("/") ? start.slice(0, -1) : dirname(start);
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((path) => path.startsWith(start) && path.endsWith(end))
    .sort();
}

/** All mutants of a part, or those of changed lines. */
async function mutantsOfPart({ kind, sources }, changed) {
  const { mutantsOf } = await languages[kind]();
  const files = sources.flatMap((folder) => filesBelow(folder, `.${kind}`));
  const all = [];
  for (const file of files.filter((one) => changed?.has(one) ?? true).sort()) {
    const text = readFileSync(join(root, file), "utf8");
    const mutants = named(file, text, await mutantsOf(file, text));
    const lines = changed?.get(file);
    all.push(
      ...mutants
        .filter(({ line }) => lines?.has(line) ?? true)
        .map((mutant) => ({ ...mutant, original: text })),
    );
  }
  return all;
}

/** What decides about a result: the file, and all tests of the part. */
function inputsOf(file, { tests }) {
  const hash = createHash("sha256").update(readFileSync(join(root, file)));
  const starts = tests.filter((one) => !one.startsWith("!")).map((one) => one.split(/[*{]/)[0]);
  for (const path of starts.flatMap((start) => filesBelow(start, ".ts")))
    hash.update(readFileSync(join(root, path)));
  return hash.digest("hex").slice(0, 16);
}

/**
 * Judges a sample of the mutants of a part; `known` has earlier results. Stryker also judges mutants
 * inside of those in the sample, which count as well.
 */
async function judgePart(part, sample, all, { known, again }, deadline) {
  const { judge } = await languages[part.kind]();
  const files = [...new Set(all.map(({ file }) => file))];
  const inputs = new Map(files.map((file) => [file, inputsOf(file, part)]));
  const old = new Map((known ?? []).map((row) => [row.id, row]));
  const isKnown = ({ id, file }) => old.has(id) && old.get(id).inputs === inputs.get(file);
  const open = sample.filter((mutant) => again || !isKnown(mutant));
  const results = open.length === 0 ? new Map() : await judge(open, part, deadline, all);
  return all.flatMap(({ id, file, line, rule, to, code }) => {
    const found = results.get(id) ?? (isKnown({ id, file }) ? old.get(id).found : undefined);
    if (found === undefined) return [];
    const place = found ? {} : { line, rule, to, code };
    return [{ id, file, inputs: inputs.get(file), found, ...place }];
  });
}

function summary(rows, reasons) {
  const missed = rows.filter(({ found }) => !found);
  return {
    found: rows.length - missed.length,
    missed: missed.length,
    equivalent: missed.filter(({ id }) => reasons[id] !== undefined).length,
  };
}

/** One line for each mutant, so that a difference can be read. */
function formatResults(results) {
  const parts = Object.entries(results).map(([name, rows]) => {
    const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
    return `${JSON.stringify(name)}: [\n${lines.join(",\n")}\n]`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

/** Only changes of the sample count: Stryker has also judged others. */
function keepScore(name, seed, sample, rows) {
  const wanted = new Set(sample.map(({ id }) => id));
  const own = rows.filter(({ id }) => wanted.has(id));
  const missed = own.filter(({ found }) => !found).map(({ id }) => id);
  const all = readJson(FAIR);
  all[name] = [...(all[name] ?? []), { seed, judged: own.length, missed }];
  writeFileSync(FAIR, `${JSON.stringify(all, undefined, 2)}\n`);
  console.log(`${name}, seed ${seed}: ${own.length - missed.length} of ${own.length} found`);
}

function changedSince(rev) {
  const { status, stdout } = spawnSync("git", ["diff", "-U0", "--no-color", rev, "--"], {
    ...{ cwd: root, encoding: "utf8", maxBuffer: 1 << 28 },
  });
  return status === 0 ? changedLines(stdout) : undefined;
}

async function main({ names, sample, changed: rev, seed, seconds, again, fair, verbose, write }) {
  const deadline = Date.now() + seconds * 1000;
  const changed = rev === undefined ? undefined : changedSince(rev);
  if (rev !== undefined && changed === undefined) {
    console.error(`not run: this clone has no commit ${rev}`);
    return 3;
  }
  const [results, reasons, scores] = [RESULTS, EQUIVALENT, FAIR].map(readJson);
  const used = names.find((name) => scores[name]?.some((one) => one.seed === seed));
  if (fair && used !== undefined) {
    console.error(`seed ${seed} is not new for ${used}: fair.json has a score of it`);
    return 2;
  }
  const candidates = new Map();
  for (const name of names) candidates.set(name, await mutantsOfPart(parts[name], changed));
  const all = [...candidates.values()].flat();
  const chosen = new Set(changed === undefined ? all : sampled(all, sample, seed));
  const total = { found: 0, missed: 0, equivalent: 0 };
  const judged = {};
  let low = false;
  for (const name of names) {
    const mutants = candidates.get(name);
    const some = sampledWithInner(
      mutants.filter((one) => chosen.has(one)),
      sample,
      seed,
    );
    if (some.length === 0) continue;
    const known = again ? [] : results[name];
    const part = { ...parts[name], log: verbose ? console.error : () => {} };
    const rows = await judgePart(part, some, mutants, { known, again: fair }, deadline);
    if (fair) keepScore(name, seed, some, rows);
    const counts = summary(rows, reasons);
    for (const key of Object.keys(total)) total[key] += counts[key];
    for (const { id, file, line, rule, to, code, found } of rows)
      if (!found && reasons[id] === undefined)
        console.log(`not found: ${file}:${line}: ${rule}, ${to}\n  ${id}: ${code}`);
    const share = score(counts);
    console.log(
      `${name}: ${counts.found} of ${counts.found + counts.missed - counts.equivalent} found (${share.toFixed(1)} %), ${counts.equivalent} without an effect`,
    );
    low ||= changed === undefined && share < parts[name].least;
    judged[name] = rows;
  }
  if (changed !== undefined) {
    const tried = total.found + total.missed;
    console.log(`${tried} changes of changed lines, ${score(total).toFixed(1)} % found`);
    low = tried >= ENOUGH_CHANGED && score(total) < LEAST_CHANGED;
  }
  if (write) {
    // Another run may have written other parts meanwhile.
    const written = { ...readJson(RESULTS), ...judged };
    writeFileSync(RESULTS, formatResults(written));
    writeFileSync(PAGE, pageOf(written, reasons, readJson(FAIR)));
  }
  return low ? 1 : 0;
}

process.exitCode = await main(readOptions(HELP, { options, allowPositionals: true }, refine));
