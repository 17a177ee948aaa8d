#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { compileFixture } from "../../../packages/object/test/compile.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { assertBpfRelease, bpfReleases } from "../../lib/releases.mjs";
import { fixtures } from "../object/lib/exercise.mjs";
import { watched } from "../object/lib/watched.mjs";

const HELP = `usage: npm run tool fuzz:kernel-bpf -- [--release R] [--runs N] [--seed N] [--from N]

Makes damaged calls of BPF_MAP_CREATE, BPF_PROG_LOAD and BPF_BTF_LOAD, and loads damaged objects, on
the module that 'npm run kernel-bpf' built, half of them without CAP_PERFMON. An answer of the kernel
is a pass, and so is a call that is not modelled. A trap, a warning of the kernel and a run that does
not end are findings. After a trap the kernel restarts from its snapshot. Each run has a number:
--from N --runs 1 repeats it, after the runs that share its state.

Options:
  --release R  ${bpfReleases.join(" or ")} (default: ${bpfReleases[0]})
  --runs N     how many loads (default: 5000)
  --seed N     the seed of the random numbers (default: 1)
  --from N     the number of the first run (default: 0)

Exit codes: 0 nothing found; 1 findings, or the build failed; 2 usage; 3 no clang or no module.`;

const text = (value) => ({ type: "string", default: value });
const options = {
  release: text(bpfReleases[0]),
  runs: text("5000"),
  seed: text("1"),
  from: text("0"),
};

/** CPU time in milliseconds; the verifier may process a million instructions, three times. */
const PATIENCE = 60_000;

function refine({ values: { release, ...numbers } }) {
  assertBpfRelease(release);
  const entries = Object.entries(numbers);
  const read = entries.map(([name, value]) => [name, wholeNumber(name, value)]);
  return { release, ...Object.fromEntries(read) };
}

/** Findings at the same place count once. */
function distinct(found) {
  const places = new Map();
  for (const { run, wrong } of found) {
    const place = wrong.split("\n", 1)[0].replace(/^\w+: /, "");
    places.set(place, [...(places.get(place) ?? []), run]);
  }
  return places;
}

async function main({ release, runs, seed, from }) {
  if (!buildQuietly()) return 1;
  const { BpfKernelMissingError, readBpfKernel } = await import("@bpf-token/kernel-bpf/node");
  try {
    readBpfKernel(release);
  } catch (error) {
    if (!(error instanceof BpfKernelMissingError)) throw error;
    console.log(error.message);
    return 3;
  }
  const files = fixtures.map(compileFixture);
  if (files.includes(undefined)) {
    console.log("no clang found to compile the objects that are damaged");
    return 3;
  }
  const { RUNS_PER_STATE } = await import("./lib/fuzz-runs.mjs");
  const module = new URL("lib/fuzz-runs.mjs", import.meta.url).href;
  // The state of a run depends on the runs before it.
  const first = from - (from % RUNS_PER_STATE);
  const range = { runs: runs + from - first, from: first };
  const started = performance.now();
  const data = { release, files, seed };
  const { found, read } = await watched(module, data, range, console.log, PATIENCE);
  const seconds = (performance.now() - started) / 1000;
  for (const [place, [run, ...more]] of distinct(found)) {
    console.log(`${more.length + 1} × ${place}`);
    console.log(
      `  again: npm run tool fuzz:kernel-bpf -- --release ${release} --seed ${seed} --from ${run} --runs 1`,
    );
  }
  const speed = (range.runs / seconds).toFixed(0);
  console.log(`Linux ${release}: ${range.runs} loads, ${read} accepted; ${speed} a second`);
  console.log(found.length === 0 ? "nothing found" : `found ${found.length}`);
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main(readOptions(HELP, { options }, refine));
