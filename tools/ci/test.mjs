#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, rmSync } from "node:fs";
import { buildExecutor } from "../lib/build-executor.mjs";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { root, vitest } from "../lib/run.mjs";
import { closingLine, failureLines, tally } from "./tally.mjs";

const USAGE = `usage: npm test [-- ARGUMENT...]          a few minutes: samples of long lists
       npm run test:full [-- ARGUMENT...] everything, as in CI: most of an hour

Builds what the tests need and runs them. An ARGUMENT is Vitest's: a path, --project node, -t NAME.
Uses root, a C compiler, Chromium and guests where they are there, and prints a line for each part
that it leaves out.
Exit codes: 0 all tests passed; else at least one failed, or none ran.`;

const report = `${root}out-tsc/vitest.json`;

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}

function main(argv) {
  const words = argv.filter((word) => word !== "--full");
  if (words.includes("--help") || words.includes("-h")) {
    console.log(USAGE);
    return 0;
  }
  if (!buildQuietly()) {
    console.error("the build failed; no test was run");
    console.log(closingLine({ passed: 0, failed: 1, skipped: 0 }, 0));
    return 1;
  }
  buildExecutor();
  const started = performance.now();
  rmSync(report, { force: true });
  if (argv.length > words.length) process.env.BPF_TOKEN_FULL = "1";
  // A quick run prints what failing tests print, a full one also the counts of those that pass.
  const silent = process.env.BPF_TOKEN_FULL === "1" ? [] : ["--silent=passed-only"];
  const run = vitest(["run", ...silent, ...words], { stdio: "inherit" });
  const result = readReport();
  const counts = tally(result, run.status ?? 1);
  // Again, since Vitest printed them long before the end.
  for (const line of failureLines(result, root)) console.error(line);
  if (counts.ran === 0) console.error("no test ran: that is a failure");
  console.log(closingLine(counts, performance.now() - started));
  return counts.failed > 0 ? run.status || 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
