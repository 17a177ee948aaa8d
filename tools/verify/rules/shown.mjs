#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// shown.mjs [--check]
//
// Writes docs/spec/shown.json: for each check a scenario of the suite that runs into it, for the
// page of checks (`npm run gen` afterwards). --check says what is not so any more, exit code 1.
// Needs the packages built.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { checkById, checkTable, kernelReleases } from "@bpf-token/uapi";
import { root } from "../../build/core/lib/paths.mjs";

const TARGET = join(root, "docs/spec/shown.json");
const FOLDER = join(root, "packages/conformance/scenarios");

/** The checks that decided something in a scenario, on any release. */
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

/** The more rules a scenario shares with a check, and the fewer it has besides, the better. */
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

function main(args) {
  if (args.some((arg) => arg !== "--check")) {
    console.error("usage: shown.mjs [--check]");
    return 2;
  }
  const text = `${JSON.stringify(collect(), undefined, 2)}\n`;
  const before = existsSync(TARGET) ? readFileSync(TARGET, "utf8") : "";
  const count = Object.keys(JSON.parse(text)).length;
  console.log(`${count} of ${checkTable().length} checks are shown by a scenario`);
  if (text === before) return 0;
  if (args.includes("--check")) {
    console.log(
      "docs/spec/shown.json is not as the suite is: run 'npm run shown' and 'npm run gen'",
    );
    return 1;
  }
  writeFileSync(TARGET, text);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
