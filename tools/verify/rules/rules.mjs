#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { writeFileSync } from "node:fs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { tryAll } from "./lib/pool.mjs";
import { conclude, printReport } from "./lib/report.mjs";

const HELP = `usage: npm run rules -- [--rule ID]... [--only off|always|errno|drop|swap|text]... [--json FILE] [--verbose]

Tests the tests: breaks the model rule by rule, and reports each change that the tests of the rule do
not notice. tools/verify/rules/README.md explains the kinds of changes. Builds the packages first.

Options:
  --rule ID     one rule, such as TC-07; repeatable
  --only KIND   one kind of change; repeatable
  --json FILE   also write the verdict of every change to FILE
  --verbose     list every rule with its tests

Exit codes: 0 every rule is proven, or listed with a reason; 1 a change was not noticed; 2 usage, or
a build failed.`;

const text = { type: "string", multiple: true, default: [] };
const options = { rule: text, only: text, json: { type: "string" }, verbose: flag };

function progress(total) {
  let done = 0;
  return () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} mutants`);
    if (done === total && process.stderr.isTTY) process.stderr.write("\n");
  };
}

async function main(options) {
  if (!buildQuietly()) return 2;
  const started = performance.now();
  const { prepare } = await import("./lib/prepare.mjs");
  const plan = await prepare(options);
  const tick = progress(plan.mutants.length);
  const results = await tryAll(plan.top, plan.mutants, plan.bytesOf, tick);
  const verdict = conclude(plan, results);
  printReport(verdict, options);
  console.error(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(verdict, undefined, 1)}\n`);
  return verdict.survivors.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options }));
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  if (process.env.DEBUG) console.error(cause.stack);
  process.exitCode = 2;
}
