#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, rmSync } from "node:fs";
import { buildExecutor } from "../lib/build-executor.mjs";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { answerHelp } from "../lib/options.mjs";
import { root, vitest } from "../lib/run.mjs";
import { closingLine, failureLines, tally } from "./tally.mjs";

const HELP = `usage: npm run test:full [-- ARGUMENT...]
       npm test [-- ARGUMENT...]

Builds what the tests need and runs them: \`npm run test:full\` all of them, which takes most of an
hour; \`npm test\` a sample of long lists and no file named *.full.test.ts, which takes three minutes
on two cores. Both use root, a C compiler, Chromium and guests where they are there. At the end they
print a line for each part that was left out, and why.

Arguments are those of Vitest: a path, --project node, -t NAME.

Exit codes: 0 all tests passed, else 1 or that of Vitest.`;

const report = `${root}out-tsc/vitest.json`;

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}

function main(argv) {
  answerHelp(HELP, argv);
  const words = argv.filter((word) => word !== "--full");
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
