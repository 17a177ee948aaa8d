#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, rmSync } from "node:fs";
import { buildExecutor } from "../lib/build-executor.mjs";
import { buildNoMore, buildQuietly } from "../lib/build-quietly.mjs";
import { answerHelp } from "../lib/options.mjs";
import { root, vitest } from "../lib/run.mjs";
import { closingLine, failureLines, tally } from "./tally.mjs";

const HELP = `usage: npm run test:full [-- [--rest[=FILE]] ARGUMENT...]
       npm test [-- ARGUMENT...]

Builds what the tests need and runs them: \`npm run test:full\` all of them, which takes most of an
hour; \`npm test\` a sample of long lists and no file named *.full.test.ts, which takes three minutes
on two cores. Both use root, a C compiler, Chromium and guests if available. At the end they
print a line for each part that did not run, with the reason.

Options:
  --rest       skip the files of which \`npm test\` runs every case
  --rest=FILE  only those of which FILE, a report of \`npm test\`, has every test passed

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
  const words = argv.filter((word) => word !== "--full" && !/^--rest(=|$)/.test(word));
  const rest = argv.find((word) => /^--rest(=|$)/.test(word));
  if (!buildQuietly()) {
    console.error("the build failed; no test was run");
    console.log(closingLine({ passed: 0, failed: 1, skipped: 0 }, 0));
    return 1;
  }
  buildExecutor();
  // Nx removes files and writes them again, and other tests may be reading them at that moment.
  buildNoMore();
  const started = performance.now();
  rmSync(report, { force: true });
  if (argv.includes("--full")) process.env.BPF_TOKEN_FULL = "1";
  if (rest !== undefined) process.env.BPF_TOKEN_REST = /=(.+)$/.exec(rest)?.[1] ?? "1";
  // A quick run prints the output of failing tests only; a full run also prints that of passing
  // ones.
  const silent = process.env.BPF_TOKEN_FULL === "1" ? [] : ["--silent=passed-only"];
  const run = vitest(["run", ...silent, ...words], { stdio: "inherit" });
  const result = readReport();
  const counts = tally(result, run.status ?? 1);
  // Repeated here, because Vitest printed them long before the end.
  for (const line of failureLines(result, root)) console.error(line);
  if (counts.ran === 0) console.error("no test ran, which counts as a failure");
  console.log(closingLine(counts, performance.now() - started));
  return counts.failed > 0 ? run.status || 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
