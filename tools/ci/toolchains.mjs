#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { findChromium } from "../lib/chromium.mjs";
import { writeMarked } from "../lib/marked.mjs";
import { flag, readOptions } from "../lib/options.mjs";
import { root, vitest } from "../lib/run.mjs";

const HELP = `usage: npm run tool toolchains -- [COMPILER]... [--write]

Builds the model with each compiler (yowasp, clang-19 and emcc if none is named), runs the suite on
each module in Node and in Chromium, and prints sizes and speeds. Afterwards it builds the module of
the packages with yowasp again.

Options:
  --write   write the table to docs/toolchains.md

Exit codes: 0 every suite passes; 1 a suite fails; 2 usage.`;

const suite = [
  "packages/conformance/test/model.test.ts",
  "packages/conformance/test/proofs.test.ts",
];

function build(compiler) {
  const script = `${root}tools/build/core/build.mjs`;
  const run = spawnSync(process.execPath, [script, "--compiler", compiler], {
    cwd: root,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`${compiler}: ${run.stderr.trim()}`);
  return readFileSync(`${root}packages/kernel-wasm/dist/kernel.wasm`);
}

function suitePasses() {
  const projects = findChromium() === undefined ? ["node"] : ["node", "chromium"];
  const args = projects.flatMap((project) => ["--project", project]);
  const run = vitest(["run", ...args, "--reporter=dot", ...suite], { encoding: "utf8" });
  const tests = /Tests\s+(.*)/.exec(stripColours(run.stdout ?? ""))?.[1] ?? "no test ran";
  if (run.status !== 0) console.error(`${run.stdout}\n${run.stderr}`);
  return { green: run.status === 0, summary: `${projects.join(" and ")}: ${tests.trim()}` };
}

function stripColours(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with ESC
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

/** Nanoseconds to create and close a token: the fastest of many short runs. */
async function nanoseconds(bytes) {
  const { createKernel } = await import("@bpf-token/kernel-wasm");
  const { delegateBpffs, unshare, writeIdMaps } = await import("@bpf-token/syscall");
  const kernel = createKernel({ module: new WebAssembly.Module(bytes) });
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const { fd } = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
  const attr = new Uint8Array(8);
  new DataView(attr.buffer).setUint32(4, fd, true);
  const BATCH = 1000;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 500; run++) {
    const start = performance.now();
    for (let i = 0; i < BATCH; i++) app.syscall(3, app.syscall(321, 36, attr, attr.length));
    best = Math.min(best, ((performance.now() - start) * 1e6) / BATCH);
  }
  kernel.close();
  return best;
}

function table(rows) {
  const first = rows[0].ns;
  return [
    "| compiler | bytes | with gzip | create + close, relative to the first |",
    "|---|---|---|---|",
    ...rows.map(
      ({ compiler, bytes, ns }) =>
        `| ${compiler} | ${bytes.length} | ${gzipSync(bytes, { level: 9 }).length} | ${(ns / first).toFixed(2)} |`,
    ),
  ].join("\n");
}

async function main({ values, positionals }) {
  const compilers = positionals.length > 0 ? positionals : ["yowasp", "clang-19", "emcc"];
  const rows = [];
  let green = true;
  for (const compiler of compilers) {
    const bytes = build(compiler);
    const suiteRun = suitePasses();
    green &&= suiteRun.green;
    console.log(`${compiler}: ${suiteRun.summary}`);
    rows.push({ compiler, bytes, ns: await nanoseconds(bytes) });
  }
  build("yowasp");
  console.log(table(rows));
  if (values.write) writeMarked("docs/toolchains.md", "table", table(rows));
  return green ? 0 : 1;
}

try {
  process.exitCode = await main(
    readOptions(HELP, { allowPositionals: true, options: { write: flag } }, (parsed) => parsed),
  );
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
