#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { findClang } from "../../build/core/lib/program.mjs";
import { flag, readOptions, wholeNumber } from "../../lib/options.mjs";
import { unpackCorpus } from "./lib/corpus.mjs";
import { buildFuzzer, fuzzerLink } from "./lib/fuzz.mjs";

const HELP = `usage: npm run tool fuzz:core -- [--seconds N] [--runs N] [--seed N] [--memory] [--verbose] [--show FILE]

Runs random sequences of system calls on the model under libFuzzer, with ASan and UBSan. New inputs
remain in core-c/build/fuzz. The last line is "nothing found" or the number of inputs that failed.

Options:
  --seconds N   stop after N seconds (default: 60, unless --runs is given)
  --runs N      stop after N inputs
  --seed N      the seed of the random numbers
  --memory      run with MSan instead of ASan and UBSan
  --verbose     print the output of libFuzzer
  --show FILE   print what one input does, call by call, and stop

Exit codes: 0 nothing found; 1 an input failed (it is printed); 2 usage; 3 no clang.`;

const text = { type: "string" };
const options = {
  seconds: text,
  runs: text,
  seed: text,
  show: text,
  memory: flag,
  verbose: flag,
};

function checkNumbers({ values }) {
  for (const name of ["seconds", "runs", "seed"]) {
    if (values[name] !== undefined) wholeNumber(name, values[name]);
  }
  return values;
}

/** Options of libFuzzer. It tries longer inputs early, and keeps interesting inputs unreduced. */
const HOW = [
  ...["-max_len=128", "-len_control=10", "-entropic=0", "-reload=0", "-reduce_inputs=0"],
  // The model's heap is one block, which LeakSanitizer cannot inspect; sequences count leaks
  // themselves.
  ...["-detect_leaks=0", "-timeout=20", "-print_final_stats=0"],
];

function flags({ seconds, runs, seed, verbose }, folder) {
  const limit = runs === undefined ? [] : [`-runs=${runs}`];
  if (seconds !== undefined || runs === undefined) limit.push(`-max_total_time=${seconds ?? 60}`);
  return [
    ...limit,
    ...(seed === undefined ? [] : [`-seed=${seed}`]),
    ...HOW,
    `-verbosity=${Number(verbose)}`,
    `-artifact_prefix=${folder}/found-`,
    join(folder, "corpus"),
  ];
}

function found(folder) {
  return readdirSync(folder).filter((name) => name.startsWith("found-"));
}

function report(folder, names) {
  for (const name of names) {
    const path = join(folder, name);
    console.error(`${path}\n  ${readFileSync(path).toString("base64")}`);
  }
  console.error(
    "look at one with --show; add it to core-c/tests/fuzz/corpus/found.txt with a remark",
  );
}

async function main(options) {
  const compiler = findClang(fuzzerLink);
  if (compiler === undefined) {
    console.error("no clang with libFuzzer found: install clang-19");
    return 3;
  }
  const folder = join(root, "core-c/build/fuzz");
  mkdirSync(folder, { recursive: true });
  const program = await buildFuzzer({ compiler, out: folder, memory: options.memory });
  if (options.show !== undefined) {
    const env = { ...process.env, FUZZ_TRACE: "1" };
    const args = ["-detect_leaks=0", resolve(options.show)];
    return spawnSync(program, args, { stdio: "inherit", env }).status === 0 ? 0 : 1;
  }
  unpackCorpus(join(folder, "corpus"));
  const before = found(folder);
  // Output is captured, because only the part before a finding is useful.
  const stdio = ["ignore", "inherit", options.verbose ? "inherit" : "pipe"];
  const limits = { encoding: "utf8", maxBuffer: 1 << 28 };
  const { status, stderr } = spawnSync(program, flags(options, folder), { stdio, ...limits });
  if (status === 0) {
    console.log("nothing found");
    return 0;
  }
  if (stderr) process.stderr.write(stderr);
  const names = found(folder).filter((name) => !before.includes(name));
  report(folder, names);
  console.error(`fuzz: ${names.length} found`);
  return 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options }, checkNumbers));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
