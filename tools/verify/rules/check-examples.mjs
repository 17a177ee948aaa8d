#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../build/core/lib/paths.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";

const HELP = `usage: npm run tool check-examples [-- --check]

Writes docs/spec/check-examples.json: for each check of the model a scenario of the suite that reaches
it. npm run gen adds these scenarios to docs/checks.md. Builds the packages first.

Options:
  --check     write nothing; report whether the file matches the suite

Exit codes: 0 written, or it matches; 1 it differs, or the build failed; 2 usage.`;

const { check } = readOptions(HELP, { options: { check: flag } });
if (!buildQuietly()) process.exit(1);
const { createKernel } = await import("@bpf-token/kernel-wasm");
const { parseScenario, run } = await import("@bpf-token/scenario");
const { checkById, checkTable, kernelReleases } = await import("@bpf-token/uapi");

const TARGET = join(root, "docs/spec/check-examples.json");
const FOLDER = join(root, "packages/conformance/scenarios");

/** The checks that decide in a scenario, on any release. */
function checksIn(scenario) {
  const seen = new Set();
  for (const release of [...kernelReleases].reverse()) {
    const kernel = createKernel({ release });
    try {
      for (const event of run(kernel, scenario).events) {
        for (const step of event.decisions ?? []) seen.add(step.check);
      }
    } finally {
      kernel.close();
    }
  }
  return seen;
}

/** A scenario fits better if it shares more rules with the check and has fewer other rules. */
function fitness(check, rules) {
  const shared = checkById(check).rules.filter((rule) => rules.includes(rule)).length;
  return shared * 1000 - rules.length;
}

function collect() {
  const best = new Map();
  for (const file of readdirSync(FOLDER).sort()) {
    if (!file.endsWith(".yaml")) continue;
    const scenario = parseScenario(readFileSync(join(FOLDER, file), "utf8"), { file });
    for (const check of checksIn(scenario)) {
      const fits = fitness(check, scenario.rules ?? []);
      if (fits > (best.get(check)?.fits ?? Number.NEGATIVE_INFINITY))
        best.set(check, { file, fits });
    }
  }
  const ids = checkTable()
    .map(({ id }) => id)
    .filter((check) => best.has(check));
  return Object.fromEntries(ids.map((check) => [check, best.get(check).file]));
}

function main() {
  const text = `${JSON.stringify(collect(), undefined, 2)}\n`;
  const before = existsSync(TARGET) ? readFileSync(TARGET, "utf8") : "";
  const count = Object.keys(JSON.parse(text)).length;
  console.log(`${count} of ${checkTable().length} checks have a scenario`);
  if (text === before) return 0;
  if (check) {
    console.log(
      "docs/spec/check-examples.json is out of date: run 'npm run tool check-examples' and 'npm run gen'",
    );
    return 1;
  }
  writeFileSync(TARGET, text);
  return 0;
}

process.exitCode = main();
