#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// `npm test`: builds what the tests need, runs all, ends with "N passed, N failed, N skipped".
import { readFileSync, rmSync } from "node:fs";
import { buildExecutor } from "./build-executor.mjs";
import { buildQuietly } from "./build-quietly.mjs";
import { root, vitest } from "./run.mjs";
import { closingLine, tally } from "./tally.mjs";

const report = `${root}out-tsc/vitest.json`;

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
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
