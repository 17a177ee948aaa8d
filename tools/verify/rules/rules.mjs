#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { tryAll } from "./lib/pool.mjs";
import { printErrors } from "./lib/random-report.mjs";
import { conclude, printReport } from "./lib/report.mjs";

const HELP = `usage: npm run tool rules -- [--rule ID]... [--only off|always|errno|drop|swap|text]... [--json FILE] [--verbose]
       npm run tool rules -- --random SECONDS [--rule ID]...

Tests the tests: breaks the model rule by rule, and reports each change that the tests of the rule do
not notice. tools/verify/rules/README.md explains the kinds of changes. Builds the packages first.

Options:
  --random N    only the hand-written changes that name a release for random sequences: reports for each
                which test notices it, and after how many sequences the comparison with the model
                does, within N seconds of CPU time
  --rule ID     one rule, such as TC-07; repeatable
  --only KIND   one kind of change; repeatable
  --json FILE   also write the verdict of every change to FILE
  --verbose     list every rule with its tests

Exit codes: 0 every rule is proven, or listed with a reason; 1 a change was not noticed; 2 usage, or
a build failed.`;

const text = { type: "string", multiple: true, default: [] };
const options = {
  ...{ rule: text, only: text, random: { type: "string" } },
  ...{ json: { type: "string" }, verbose: flag },
};

function refine({ values }) {
  const { random } = values;
  if (random === undefined) return values;
  if (values.only.length > 0) throw new RangeError("--random takes no --only");
  return { ...values, random: wholeNumber("random", random), only: ["text"] };
}

function progress(total) {
  let done = 0;
  return () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} mutants`);
    if (done === total && process.stderr.isTTY) process.stderr.write("\n");
  };
}

/** Adds to each result what random sequences find. */
async function alsoBySequences(results, { random: seconds }) {
  const { sequenceBuilder } = await import("./lib/prepare.mjs");
  const { trySequences } = await import("./lib/sequences.mjs");
  const build = sequenceBuilder();
  const model = await build.model();
  const all = [];
  for (const result of results) {
    const { mutant } = result;
    const module = await build.mutant(mutant);
    const release = mutant.sequences;
    all.push({ ...result, random: trySequences(model, module, { release, seconds }) });
  }
  return all;
}

async function main(options) {
  if (!buildQuietly()) return 2;
  const started = performance.now();
  const { prepare } = await import("./lib/prepare.mjs");
  const plan = await prepare(options);
  const tick = progress(plan.mutants.length);
  const results = await tryAll(plan.top, plan.mutants, plan.bytesOf, tick);
  if (options.random !== undefined) return printErrors(await alsoBySequences(results, options));
  const verdict = conclude(plan, results);
  printReport(verdict, options);
  console.error(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(verdict, undefined, 1)}\n`);
  return verdict.survivors.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options }, refine));
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  if (process.env.DEBUG) console.error(cause.stack);
  process.exitCode = 2;
}
