#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { kinds } from "./lib/generate.mjs";
import { supervise } from "./lib/supervise.mjs";

const HELP = `usage: npm run tool fuzz:sources -- [--runs N] [--seed N] [--from N] [--seconds N] [--kind KIND]

Generates malformed kernel sources and passes them to @bpf-token/upstream: patches and mails, archives,
folders, git checkouts, and C files, which it also compiles and runs. A documented error is a pass.
Findings are any other error, more than 10 seconds of CPU time, more than 2 GB of memory, a file outside
of the source that was read, and a process or a file that remains. Each run has a number:
--from N --runs 1 repeats it. Long runs print their progress every ten seconds.

Options:
  --runs N      how many sources (default: 2000)
  --seed N      the seed of the random numbers (default: 1)
  --from N      the number of the first run (default: 0)
  --seconds N   end after this time (default: no limit)
  --kind KIND   only one kind: ${kinds.join(", ")}

Exit codes: 0 nothing found; 1 findings, or the build failed; 2 usage.`;

const text = (value) => ({ type: "string", default: value });
const options = {
  runs: text("2000"),
  seed: text("1"),
  from: text("0"),
  seconds: text("0"),
  kind: { type: "string" },
};

function refine({ values: { kind, ...numbers } }) {
  if (kind !== undefined && !kinds.includes(kind))
    throw new RangeError(`--kind takes ${kinds.join(", ")}, not '${kind}'`);
  const entries = Object.entries(numbers);
  const parsed = entries.map(([name, value]) => [name, wholeNumber(name, value)]);
  return { kind, ...Object.fromEntries(parsed) };
}

async function main(asked) {
  if (!buildQuietly()) return 1;
  const { found, runs, answers, megabytes } = await supervise(asked, (line) => console.log(line));
  const only = asked.kind === undefined ? "" : ` --kind ${asked.kind}`;
  for (const { run } of found) {
    console.log(
      `again: npm run tool fuzz:sources -- --seed ${asked.seed} --from ${run} --runs 1${only}`,
    );
  }
  const counts = [...answers].sort(([, a], [, b]) => b - a).map(([what, n]) => `${what} ${n}`);
  console.log(`${runs} sources: ${counts.join(", ")}; ${megabytes} MB at most`);
  console.log(found.length === 0 ? "nothing found" : `found ${found.length}`);
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main(readOptions(HELP, { options }, refine));
