#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { compileFixture } from "../../../packages/object/test/compile.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { fixtures } from "./lib/exercise.mjs";
import { watched } from "./lib/watched.mjs";

const HELP = `usage: npm run fuzz:object -- [--runs N] [--seed N] [--from N]

Damages BPF object files and passes them to @bpf-token/object and to the plan of @bpf-token/loader. A
documented error is a pass; any other error and a run that hangs are findings. Each run has a
number: --from N --runs 1 repeats it. Long runs print their progress every ten seconds.

Options:
  --runs N   how many objects (default: 10000)
  --seed N   the seed of the random numbers (default: 1)
  --from N   the number of the first run (default: 0)

Exit codes: 0 nothing found; 1 findings, or the build failed; 2 usage; 3 no clang.`;

const text = (value) => ({ type: "string", default: value });
const options = { runs: text("10000"), seed: text("1"), from: text("0") };

function toNumbers({ values }) {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([name, value]) => [name, wholeNumber(name, value)]));
}

async function main(asked) {
  if (!buildQuietly()) return 1;
  const files = fixtures.map(compileFixture);
  if (files.includes(undefined)) {
    console.log("no clang found to compile the objects that are mutated");
    return 3;
  }
  const data = { files, seed: asked.seed };
  const module = new URL("lib/runs.mjs", import.meta.url).href;
  const { found, read } = await watched(module, data, asked, (line) => console.log(line));
  for (const { run } of found) {
    console.log(`again: npm run fuzz:object -- --seed ${asked.seed} --from ${run} --runs 1`);
  }
  const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  console.log(`${asked.runs} objects, ${read} of them still parsed as ELF; ${peak} MB at most`);
  console.log(found.length === 0 ? "nothing found" : `found ${found.length}`);
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main(readOptions(HELP, { options }, toNumbers));
