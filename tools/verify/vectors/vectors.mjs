#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario } from "@bpf-token/scenario";
import { kernelReleases } from "@bpf-token/uapi";
import { VECTOR_VERSION, vectorRunner, vectorsOf } from "bpf-token/vectors";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";

const HELP = `usage: npm run tool vectors -- --folder FOLDER [--refused]

Writes test vectors of BPF permission: for each file of the suite, FOLDER/NAME.json with the calls
and the answers of each release; and FOLDER/run-vectors.c, which runs them on a kernel without Node.

Options:
  --folder FOLDER  where to write them
  --refused        also print which scenarios have no vector, and why, and which rules have none

Exit codes: 0 written; 2 usage.`;

const options = { folder: { type: "string" }, refused: flag };

function refine({ values }) {
  if (values.folder === undefined) throw new RangeError("--folder is missing");
  return values;
}

/** Releases of Linux only, not the series of patches. */
const releases = kernelReleases.filter((release) => /^\d/.test(release));
const scenarios = join(root, "packages/conformance/scenarios");

function main({ folder, refused }) {
  const to = resolve(folder);
  mkdirSync(to, { recursive: true });
  const rules = new Set();
  let count = 0;
  const without = [];
  for (const file of readdirSync(scenarios).filter((name) => name.endsWith(".yaml"))) {
    const scenario = parseScenario(readFileSync(join(scenarios, file), "utf8"));
    const found = vectorsOf(scenario, releases, (release) => createKernel({ release }));
    if (found.vectors.length === 0) {
      without.push(`${file}: ${found.refused ?? "no release has it"}`);
      continue;
    }
    count += found.vectors.length;
    for (const rule of scenario.rules) rules.add(rule);
    const text = JSON.stringify({ version: VECTOR_VERSION, releases, vectors: found.vectors });
    writeFileSync(join(to, file.replace(/yaml$/, "json")), `${text}\n`);
  }
  writeFileSync(join(to, "run-vectors.c"), vectorRunner());
  if (refused) {
    const all = JSON.parse(readFileSync(join(root, "docs/spec/rules.json"), "utf8"));
    const bare = all.filter(({ id }) => !rules.has(id)).map(({ id }) => id);
    console.log(`${without.join("\n")}\nrules without a vector: ${bare.join(" ")}`);
  }
  console.log(`${count} vectors of ${rules.size} rules; ${without.length} scenarios have none`);
  return 0;
}

process.exitCode = main(readOptions(HELP, { options }, refine));
