#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// `npm test`: builds what the tests need, runs all, ends with "N passed, N failed, N skipped".
import { readFileSync, rmSync } from "node:fs";
import { buildQuietly } from "./build-quietly.mjs";
import { nx, onPath, root, vitest } from "./run.mjs";
import { closingLine, tally } from "./tally.mjs";

const report = `${root}out-tsc/vitest.json`;

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}

/** The executor of the native half, where there is a compiler; its tests say so where it is missing. */
function buildExecutor() {
  const path = `${root}packages/kernel-native/package.json`;
  const targets = JSON.parse(readFileSync(path, "utf8")).nx?.targets ?? {};
  const possible = process.platform === "linux" && onPath("cc", "gcc", "clang", "clang-19");
  if (!possible || !("executor" in targets)) return;
  const run = nx(["run", "@bpf-token/kernel-native:executor", "--output-style=static"], {
    encoding: "utf8",
  });
  if (run.status !== 0) console.error(`the executor was not built:\n${run.stdout}${run.stderr}`);
}

function main(args) {
  if (!buildQuietly()) {
    console.error("the build failed; no test was run");
    console.log(closingLine({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
  buildExecutor();
  rmSync(report, { force: true });
  const run = vitest(["run", ...args], { stdio: "inherit" });
  const counts = tally(readReport(), run.status ?? 1);
  if (counts.ran === 0) console.error("no test ran: that is a failure");
  console.log(closingLine(counts));
  return counts.failed > 0 ? run.status || 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
