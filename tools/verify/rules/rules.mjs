#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// rules.mjs [--rule ID]… [--only off|always|errno|drop|swap|text]… [--json FILE] [--verbose]
//
// Does not believe that the tests prove the rules of docs/spec: breaks the model rule by rule and
// sees whether a test that names the rule fails. Needs the packages built. Exit codes: 0 every rule
// is proven or left out with a reason, 1 something survived, 2 usage or a build that fails.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { tryAll } from "./lib/pool.mjs";
import { prepare } from "./lib/prepare.mjs";
import { conclude, printReport } from "./lib/report.mjs";

function parse() {
  const { values } = parseArgs({
    options: {
      rule: { type: "string", multiple: true, default: [] },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

const USAGE =
  "usage: rules.mjs [--rule ID]... [--only off|always|errno|drop|swap|text]... [--json FILE] [--verbose]";

function progress(total) {
  let done = 0;
  return () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} mutants`);
    if (done === total && process.stderr.isTTY) process.stderr.write("\n");
  };
}

async function main(options) {
  const started = performance.now();
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
  const options = parse();
  if (options.help) console.log(USAGE);
  else process.exitCode = await main(options);
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  if (process.env.DEBUG) console.error(cause.stack);
  process.exitCode = 2;
}
