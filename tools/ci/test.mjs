#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// `npm test`: builds what the tests need, runs them all, and ends with "N passed, N failed, N skipped".
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { closingLine, tally } from "./tally.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const report = fileURLToPath(new URL("../../out-tsc/vitest.json", import.meta.url));
const env = { ...process.env, NX_DAEMON: "false" };

function fail(message) {
  console.error(message);
  console.log(closingLine({ passed: 0, failed: 1, skipped: 0 }));
  process.exit(1);
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, "utf8"));
  } catch {
    return undefined;
  }
}

const build = spawnSync("npx", ["--no", "nx", "run-many", "-t", "build", "--output-style=static"], {
  cwd: root,
  env,
  encoding: "utf8",
});
if (build.status !== 0) fail(`${build.stdout}${build.stderr}the build failed; no test was run`);

rmSync(report, { force: true });
const run = spawnSync("npx", ["--no", "vitest", "run", ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: "inherit",
});
const counts = tally(readReport(), run.status ?? 1);
if (counts.ran === 0) console.error("no test ran: that is a failure");
console.log(closingLine(counts));
process.exitCode = counts.failed > 0 ? run.status || 1 : 0;
