#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// bench.mjs [--json] [--quick]: first figures of speed and size. Builds first where nothing is built.
// Exit codes: 0 measured, 2 usage, 3 cannot tell.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { buildQuietly } from "../ci/build-quietly.mjs";
import { root } from "../ci/run.mjs";
import { modelRows, nativeRows } from "./lib/in-process.mjs";
import { processRows } from "./lib/process.mjs";
import { coldRows, demoRows, execRows } from "./lib/processes.mjs";
import { scenarioRows } from "./lib/scenarios.mjs";
import { row, table } from "./lib/stats.mjs";

const USAGE = "usage: bench.mjs [--json] [--quick]";

function parse(argv) {
  try {
    const flag = { type: "boolean", default: false };
    return parseArgs({ args: argv, options: { json: flag, quick: flag, help: flag } }).values;
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

/** What a snapshot of a kernel that has just booted holds. */
function bootImage({ wasm }) {
  const kernel = wasm.createKernel();
  try {
    return kernel.snapshot().size;
  } finally {
    kernel.close();
  }
}

function sizeRows(packages) {
  const module = readFileSync(`${root}packages/kernel-wasm/dist/kernel.wasm`);
  const bytes = (name, value) => row(name, "bytes", [value]);
  return [
    bytes("module", module.length),
    bytes("module, gzip -9", gzipSync(module, { level: 9 }).length),
    bytes("module, base64", module.toString("base64").length),
    bytes("memory image at boot", bootImage(packages)),
  ];
}

/** Rows of the running kernel, or the reason why there are none. */
async function native(packages, samples, times) {
  try {
    const { currentTask, openNativeKernel, probeNative } = await import("@bpf-token/kernel-native");
    const support = probeNative();
    if (!support.ok) return { rows: [], why: support.why };
    const calls = await nativeRows(packages, openNativeKernel, samples);
    return { rows: [...calls, ...processRows(packages, currentTask()), ...execRows(times)] };
  } catch (cause) {
    return { rows: [], why: cause.message };
  }
}

async function main(argv) {
  const options = parse(argv);
  if (options === undefined) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (!buildQuietly("bpf-token")) return 3;
  const [samples, times] = options.quick ? [20, 3] : [200, 11];
  const packages = {
    uapi: await import("@bpf-token/uapi"),
    syscall: await import("@bpf-token/syscall"),
    wasm: await import("@bpf-token/kernel-wasm"),
    scenario: await import("@bpf-token/scenario"),
  };
  const model = await modelRows(packages, samples);
  const real = await native(packages, samples, times);
  const played = scenarioRows(packages, options.quick ? 5 : 30);
  const rows = [
    ...model,
    ...played,
    ...real.rows,
    ...coldRows(times),
    ...demoRows(times),
    ...sizeRows(packages),
  ];
  if (options.json) {
    const { version, arch, platform } = process;
    console.log(
      JSON.stringify({ node: version, platform, arch, rows, skipped: real.why }, null, 2),
    );
  } else {
    console.log(table(rows));
    if (real.why !== undefined) console.log(`native: not measured: ${real.why}`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
