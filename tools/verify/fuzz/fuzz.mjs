#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { inParallel } from "../../build/core/lib/parallel.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { folderOf, fuzz } from "./lib/libfuzzer.mjs";
import { keepInputs } from "./lib/seeds.mjs";
import { targets } from "./lib/targets.mjs";

const names = Object.keys(targets);
const native = names.filter((name) => targets[name].units !== undefined);
const others = names.filter((name) => !native.includes(name));

const HELP = `usage: npm run tool fuzz -- [--seconds N] [--runs N] [--seed N] [--jobs N] [--keep] [TARGET]...

Runs what reads untrusted bytes under libFuzzer: native programs with ASan and UBSan, TypeScript with
Jazzer.js. New inputs remain in .fuzz/TARGET. Any error that is not documented is a finding, and so are
more than 2 seconds of CPU time, a value that differs after writing and reading it, and a control
character in an explanation.

TARGET is one of ${native.join(", ")} (native) and
${others.join(", ")}.
Without one, all of them run.

Options:
  --seconds N   the time for each target (default: 60, unless --runs is given)
  --runs N      the number of inputs for each target
  --seed N      the seed of the random numbers (default: 1)
  --jobs N      how many targets run at the same time (default: 1)
  --input FILE  run one input of one target and print what happens
  --keep        add some short new inputs to tools/verify/fuzz/corpus

Exit codes: 0 nothing found; 1 findings, or the build failed; 2 usage.`;

const text = { type: "string" };
const options = {
  ...{
    seconds: text,
    runs: text,
    seed: { ...text, default: "1" },
    jobs: { ...text, default: "1" },
  },
  ...{ input: text, keep: flag },
};

function refine({ values: { input, keep, ...numbers }, positionals }) {
  const unknown = positionals.find((name) => !Object.hasOwn(targets, name));
  if (unknown !== undefined) throw new RangeError(`'${unknown}' is no target`);
  if (input !== undefined && positionals.length !== 1)
    throw new RangeError("--input takes one TARGET");
  const given = Object.entries(numbers).map(([name, value]) => [name, wholeNumber(name, value)]);
  const limits = Object.fromEntries(given);
  if (limits.runs === undefined) limits.seconds ??= 60;
  return { ...limits, input, keep, chosen: positionals.length > 0 ? positionals : names };
}

const count = (number) => number.toLocaleString("en");

function report(name, { ok, log, found, runs, speed, covered, inputs }) {
  if (ok) {
    const figures = `${count(runs)} runs, ${count(speed)} a second, coverage ${count(covered)}`;
    console.log(`${name}: ${figures}, ${count(inputs)} inputs`);
    return;
  }
  const lines = log.split("\n");
  // The interesting part is the first error and what follows; without one, the end.
  const at = lines.findIndex((line) => /ERROR|Uncaught Exception|runtime error/.test(line));
  const shown = at < 0 ? lines.slice(-40) : lines.slice(at, at + 40);
  console.log([`${name}: FOUND`, ...shown].join("\n"));
  for (const path of found) {
    console.log(`again: npm run tool fuzz -- ${name} --input ${path}`);
    const bytes = readFileSync(path);
    if (bytes.length <= 1500) console.log(`  ${bytes.toString("base64")}`);
  }
}

async function main({ chosen, jobs, input, keep, ...limits }) {
  if (!buildQuietly()) return 1;
  const path = input === undefined ? undefined : resolve(input);
  const results = await inParallel(chosen, jobs, async (name) => {
    const result = await fuzz(name, limits, { input: path });
    report(name, result);
    if (keep) keepInputs(name, join(folderOf(name), "corpus"));
    return result.ok;
  });
  const bad = results.filter((ok) => !ok).length;
  console.log(bad === 0 ? "nothing found" : `found something in ${bad} targets`);
  return bad === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options, allowPositionals: true }, refine));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = 1;
}
