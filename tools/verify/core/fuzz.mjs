#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// fuzz.mjs [--seconds N] [--runs N] [--seed N] [--memory] [--verbose] [--show FILE]: the core under
// libFuzzer with ASan and UBSan, or with --memory under MSan, for 60 seconds if nothing else is said.
// What it learns is kept in core-c/build/fuzz. --verbose shows what libFuzzer says, --show what one
// input does, call by call. The last line is "nothing found" or how many inputs found something.
// Exit codes: 0 nothing found, 1 found something (the inputs are printed), 2 usage, 3 no clang.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { findClang } from "../../build/core/lib/program.mjs";
import { unpackCorpus } from "./lib/corpus.mjs";
import { buildFuzzer, fuzzerLink } from "./lib/fuzz.mjs";

const USAGE =
  "usage: fuzz.mjs [--seconds N] [--runs N] [--seed N] [--memory] [--verbose] [--show FILE]";

function parse(argv) {
  try {
    const text = { type: "string" };
    const flag = { type: "boolean", default: false };
    const options = {
      seconds: text,
      runs: text,
      seed: text,
      show: text,
      memory: flag,
      verbose: flag,
    };
    const { values } = parseArgs({ args: argv, options });
    for (const name of ["seconds", "runs", "seed"]) {
      const value = values[name];
      if (value !== undefined && !/^\d{1,9}$/.test(value)) {
        throw new Error(`--${name} ${value} is no number`);
      }
    }
    return values;
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

/** How libFuzzer is to go about it. Longer inputs are tried soon; those that it keeps stay as they are. */
const HOW = [
  ...["-max_len=128", "-len_control=10", "-entropic=0", "-reload=0", "-reduce_inputs=0"],
  // The heap is one piece, which LeakSanitizer cannot look into: sequences count themselves.
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
  console.error("look at one with --show; add it to core-c/fuzz/corpus/found.txt with a remark");
}

async function main(argv) {
  const options = parse(argv);
  if (options === undefined) return 2;
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
  // Quietly: only what goes before a finding is worth reading.
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
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
