#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// fuzz.mjs [--runs N] [--seed N] [--from N]: broken BPF objects for object and loader's plan, 10,000 of
// them if nothing else is said. Each run is told by its number: --from N --runs 1 does it again. One that
// does not come to an end is given up and told as well; longer ones print every ten seconds how far they are.
// Exit codes: 0 nothing found, 1 found something (what, and by which run), 2 usage, 3 no clang.
import { parseArgs } from "node:util";
import { compileFixture } from "../../../packages/object/test/compile.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { fixtures } from "./lib/exercise.mjs";
import { watched } from "./lib/watched.mjs";

const USAGE = "usage: fuzz.mjs [--runs N] [--seed N] [--from N]";

function parse(argv) {
  try {
    const text = (value) => ({ type: "string", default: value });
    const options = { runs: text("10000"), seed: text("1"), from: text("0") };
    const { values } = parseArgs({ args: argv, options });
    for (const [name, value] of Object.entries(values)) {
      if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} ${value} is no number`);
    }
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

async function main(asked) {
  if (!buildQuietly()) return 1;
  const files = fixtures.map(compileFixture);
  if (files.includes(undefined)) {
    console.log("there is no clang to compile what broken objects are made of");
    return 3;
  }
  const data = { files, seed: asked.seed };
  const module = new URL("lib/runs.mjs", import.meta.url).href;
  const { found, read } = await watched(module, data, asked, (line) => console.log(line));
  for (const { run } of found) {
    console.log(`again: npm run fuzz:object -- --seed ${asked.seed} --from ${run} --runs 1`);
  }
  const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  console.log(`${asked.runs} objects, ${read} of them still ELF files; ${peak} MB at most`);
  console.log(found.length === 0 ? "nothing found" : `found ${found.length}`);
  return found.length === 0 ? 0 : 1;
}

const asked = parse(process.argv.slice(2));
process.exitCode = asked === undefined ? 2 : await main(asked);
