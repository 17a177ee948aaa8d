#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { findClang } from "../../build/core/lib/program.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { coverageFlags, findTools, measure } from "./lib/coverage.mjs";
import { percent } from "./lib/lcov.mjs";
import { builtPackages, recordSuite } from "./lib/suite.mjs";

const HELP = `usage: npm run tool coverage:core -- [--min] [--missed FILE] [--recording FILE]... [--no-build]

Measures the line and branch coverage of the model by its C tests, the corpus of its fuzzer, and every
scenario and proof at every release. Needs clang, llvm-profdata and llvm-cov.

Options:
  --min              fail below the goals in this tool
  --missed FILE      write the uncovered lines and branches to FILE, one line each
  --recording FILE   also replay a recording; repeatable
  --no-build         use the packages without building them

Exit codes: 0 measured; 1 below the goals, a stale entry in excluded.json, or the build failed;
2 usage; 3 no clang.`;
/** The required coverage in percent. */
const GOALS = [
  { what: "core-c/kernel/bpf/token.c", lines: 100, branches: 100 },
  { what: "core-c", lines: 99, branches: 96 },
];

const options = {
  min: flag,
  missed: { type: "string" },
  recording: { type: "string", multiple: true, default: [] },
  build: { type: "boolean", default: true },
};

function total(what, rows) {
  const sum = (pick) => rows.reduce((all, row) => all + pick(row), 0);
  return {
    what,
    lines: percent(
      sum((row) => row.lines),
      sum((row) => row.linesMissed.length),
    ),
    branches: percent(
      sum((row) => row.branches),
      sum((row) => row.branchesMissed),
    ),
  };
}

function show({ what, lines, branches }) {
  const column = (value) => value.toFixed(1).padStart(8);
  console.log(`${what.padEnd(44)}${column(lines)}${column(branches)}`);
}

/** The uncovered lines with their source, so that somebody can write a test for them. */
function missedText(rows) {
  return rows.flatMap(({ file, linesMissed, oneWay }) => {
    const source = readFileSync(join(root, file), "utf8").split("\n");
    const say = (line, what) => `${file}:${line}: ${what}: ${source[line - 1].trim()}`;
    return [
      ...linesMissed.map((line) => say(line, "not run")),
      ...oneWay.map((line) => say(line, "only one way")),
    ];
  });
}

function belowGoals(rows) {
  return GOALS.flatMap(({ what, lines, branches }) => {
    const is = total(
      what,
      rows.filter(({ file }) => file.startsWith(what)),
    );
    const short = [];
    if (is.lines < lines) short.push(`${what}: ${is.lines.toFixed(1)} % of lines, not ${lines}`);
    if (is.branches < branches)
      short.push(`${what}: ${is.branches.toFixed(1)} % of branches, not ${branches}`);
    return short;
  });
}

async function main(options) {
  const compiler = findClang(coverageFlags);
  const tools = compiler && findTools(compiler);
  if (tools === undefined) {
    console.error("no clang with llvm-profdata and llvm-cov found: install clang-19 and llvm-19");
    return 3;
  }
  if (options.build && !buildQuietly()) return 1;
  const out = join(root, "core-c/build/native/coverage");
  const recording = join(root, "core-c/build/native/suite.rec");
  mkdirSync(dirname(recording), { recursive: true });
  recordSuite(await builtPackages(), recording);
  const recordings = [recording, ...options.recording];
  const { rows, stale } = await measure({ compiler, tools, recordings, out });
  console.log(`${"".padEnd(44)} lines % branch %`);
  for (const row of rows) show(total(row.file.replace("core-c/", ""), [row]));
  show(total("all", rows));
  if (options.missed !== undefined) {
    writeFileSync(options.missed, `${missedText(rows).join("\n")}\n`);
  }
  for (const line of stale)
    console.error(`excluded.json: no matching line, or no reason, for ${line}`);
  const short = belowGoals(rows);
  for (const line of short) console.error(line);
  return (options.min && short.length > 0) || stale.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(readOptions(HELP, { options, allowNegative: true }));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
