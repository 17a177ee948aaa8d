#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// `npm test`: builds what the tests need, runs all, ends with "N passed, N failed, N skipped".
import { readFileSync, rmSync } from "node:fs";
import { buildExecutor } from "../lib/build-executor.mjs";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { root, vitest } from "../lib/run.mjs";
import { closingLine, failureLines, tally } from "./tally.mjs";

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
  const result = readReport();
  const counts = tally(result, run.status ?? 1);
  // Again, since Vitest tells them thousands of lines before the end.
  for (const line of failureLines(result, root)) console.error(line);
  if (counts.ran === 0) console.error("no test ran: that is a failure");
  console.log(closingLine(counts));
  return counts.failed > 0 ? run.status || 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
