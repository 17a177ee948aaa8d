#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { writeMarked } from "../lib/marked.mjs";
import { flag, readOptions } from "../lib/options.mjs";
import { root } from "../lib/run.mjs";
import { auditRows } from "./lib/audit.mjs";
import { bpfTable } from "./lib/bpf-table.mjs";
import { calibrationRows } from "./lib/calibration.mjs";
import { judge, targetsOf } from "./lib/check.mjs";
import { explainRows } from "./lib/explain.mjs";
import { firstTokenRows } from "./lib/first-token.mjs";
import { modelGrowthRows, nativeGrowthRows } from "./lib/growth.mjs";
import { hookRows } from "./lib/hook.mjs";
import { modelRows, nativeRows } from "./lib/in-process.mjs";
import { bpfKernelRows } from "./lib/kernel-bpf.mjs";
import { lintRows } from "./lib/lint.mjs";
import { memoryRows } from "./lib/memory.mjs";
import { objectRows } from "./lib/objects.mjs";
import { processRows } from "./lib/process.mjs";
import { coldRows, commandRows, execRows } from "./lib/processes.mjs";
import { scenarioRows } from "./lib/scenarios.mjs";
import { startRows } from "./lib/start.mjs";
import { row, table } from "./lib/stats.mjs";
import { subjectRows } from "./lib/subject.mjs";
import { traceRows } from "./lib/trace.mjs";
import { liveRows, upstreamRows } from "./lib/upstream.mjs";

const HELP = `usage: npm run bench -- [start] [--json] [--check] [--quick]

Measures speed, memory and sizes, and prints each group as soon as it is measured. Builds the packages
first. With 'start', measures only how long commands take to start: from the clone, and from the package
and the executable that npm run tool pack:cli has written.

Options:
  --json    print everything as one JSON value at the end
  --check   compare the figures with tools/bench/bounds.json; most bounds are multiples of a loop
            that runs in the same process; fewer repetitions
  --quick   fewest repetitions
  --write   measure only Linux's own BPF subsystem, and write its table to docs/verify.md

Exit codes: 0 measured, and every bound is kept; 1 a bound is not kept; 2 usage; 3 the build failed.`;

function sizeRows() {
  const module = readFileSync(`${root}packages/kernel-wasm/dist/kernel.wasm`);
  const bytes = (name, value) => row(name, "bytes", [value]);
  return [
    bytes("module", module.length),
    bytes("module, gzip -9", gzipSync(module, { level: 9 }).length),
    bytes("module, base64", module.toString("base64").length),
  ];
}

/** Rows of the running kernel through its executor, or the reason why it cannot be measured. */
async function native(packages, samples, times) {
  const { openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
  const support = probeNative();
  if (!support.ok) return { rows: [], why: `native: ${support.why}` };
  return [
    ...(await nativeRows(packages, openNativeKernel, samples)),
    ...nativeGrowthRows(packages, openNativeKernel, Math.min(times, 3)),
    ...execRows(times),
    ...liveRows(Math.min(times, 3), times > 3 ? 20_000 : 2000),
  ];
}

/** Rows of this process itself, which calls the running kernel through the addon. */
async function itself(packages) {
  const { currentTask } = await import("@bpf-token/kernel-native");
  try {
    return processRows(packages, currentTask());
  } catch (cause) {
    return { rows: [], why: `process: ${cause.message}` };
  }
}

/** Samples of a call, and of a slower thing. A bound compares the best ones, which few samples suffice for. */
const often = [200, 11];
const seldom = [100, 7];
const fewest = [20, 3];

/** The groups in order. A group returns rows, or rows and the reason why some are missing. */
function groups(packages, quick, check) {
  const [samples, times] = quick ? fewest : check ? seldom : often;
  return [
    ["this machine", () => calibrationRows(samples)],
    ["calls of the model, and kernels", () => modelRows(packages, samples)],
    ["growth", () => modelGrowthRows(packages, times)],
    ["memory", () => memoryRows(packages, times)],
    ["scenarios", () => scenarioRows(packages, quick ? 5 : 30)],
    ["objects", () => objectRows(Math.min(times, 5))],
    ["the running kernel", () => native(packages, samples, times)],
    ["this process on it", () => itself(packages)],
    ["Linux's own BPF subsystem", () => bpfKernelRows(packages, samples, times)],
    ["the recorder of trace", () => traceRows(times)],
    ["a program on the model", () => subjectRows(times)],
    ["the OCI hook", () => hookRows(times > 3 ? times * 9 : 11)],
    ["fresh processes", () => [...coldRows(times), ...commandRows(times)]],
    ["why a call is refused", () => explainRows(times, quick ? 64 : 1024)],
    ["mistakes in a repository", () => lintRows(Math.min(times, 3))],
    ["delegations of a host", () => auditRows(Math.min(times, 3))],
    ["upstream source", () => upstreamRows(Math.min(times, 3), quick ? 2000 : 50_000)],
    ["from nothing to a token", () => firstTokenRows(times)],
    ["sizes", () => sizeRows()],
  ];
}

async function measure(packages, { quick, check, json, start }) {
  const targets = targetsOf(readBounds());
  const result = { rows: [], skipped: [] };
  const starts = [["starts", () => startRows(quick ? 3 : 21)]];
  for (const [title, work] of start ? starts : groups(packages, quick, check)) {
    const answer = await work();
    const { rows, why } = Array.isArray(answer) ? { rows: answer } : answer;
    result.rows.push(...rows);
    if (why !== undefined) result.skipped.push(why);
    if (json) continue;
    console.log(`\n${title}`);
    if (rows.length > 0) console.log(table(rows, targets));
    if (why !== undefined) console.log(`not measured: ${why}`);
  }
  return result;
}

/** Prefixes of the rows that a skip reason covers: `native: needs root` covers every native row. */
const halves = {
  bpf: ["bpf ", "running kernel"],
  native: ["native", "bare C: fork", "bpf-token exec", "fuzz: steps"],
  process: ["process"],
  hook: ["OCI hook"],
  audit: ["audit"],
  object: ["object"],
  upstream: ["upstream", "fuzz: pairs"],
  doctor: ["bpf-token doctor", "bpf-token trace"],
  trace: ["bpf-token trace"],
  subject: ["exec --subject"],
  Chromium: ["Chromium"],
};

function readBounds() {
  return JSON.parse(readFileSync(`${root}tools/bench/bounds.json`, "utf8"));
}

function check({ rows, skipped }, print) {
  const bounds = readBounds();
  const missing = skipped.flatMap((why) => halves[why.slice(0, why.indexOf(":"))] ?? []);
  const verdicts = judge(bounds, rows, missing);
  print("\nbounds");
  for (const { text } of verdicts) print(text);
  return verdicts.every(({ kept }) => kept) ? 0 : 1;
}

/** Writes the figures of all modules; without one of them, the page would lose a column. */
async function writeBpfTable(packages) {
  const rows = await bpfKernelRows(packages, ...often);
  if (!Array.isArray(rows)) throw new Error(`nothing was written: ${rows.why}`);
  console.log(table(rows));
  writeMarked("docs/verify.md", "bench", bpfTable(rows));
  return 0;
}

async function main(options) {
  if (!buildQuietly("bpf-token")) return 3;
  const packages = {
    uapi: await import("@bpf-token/uapi"),
    syscall: await import("@bpf-token/syscall"),
    wasm: await import("@bpf-token/kernel-wasm"),
    scenario: await import("@bpf-token/scenario"),
  };
  if (options.write) return writeBpfTable(packages);
  const result = await measure(packages, options);
  if (options.json) {
    const { version, arch, platform } = process;
    console.log(JSON.stringify({ node: version, platform, arch, ...result }, null, 2));
  }
  if (!options.check) return 0;
  return check(result, options.json ? console.error : console.log);
}

const options = { json: flag, check: flag, quick: flag, write: flag };

process.exitCode = await main(
  readOptions(HELP, { options, allowPositionals: true }, ({ values, positionals }) => {
    const [word, ...more] = positionals;
    if (more.length > 0 || (word !== undefined && word !== "start")) {
      throw new Error(`unexpected argument '${more[0] ?? word}'`);
    }
    if (word === "start" && values.check) throw new Error("'start' has no bounds to check");
    return { ...values, start: word === "start" };
  }),
);
