#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { buildExecutor, buildExecutorOnce } from "../lib/build-executor.mjs";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { answerHelp } from "../lib/options.mjs";
import { root } from "../lib/run.mjs";

const HELP = `usage: npm run demo -- [OPTION]...

Builds bpf-token if necessary, and its native programs if there is a C compiler. Then runs its demo:
what a token is, step by step, in a few seconds. The options are those of bpf-token demo;
bpf-token demo --help lists them.

Exit codes: those of bpf-token demo; 1 if the build failed.`;

function main(args) {
  if (!buildQuietly("bpf-token")) return 1;
  if (args.some((arg) => arg.includes("native"))) buildExecutor();
  else buildExecutorOnce();
  const program = `${root}packages/bpf-token/bin/bpf-token.js`;
  return spawnSync(process.execPath, [program, "demo", ...args], { stdio: "inherit" }).status ?? 1;
}

answerHelp(HELP);
process.exitCode = main(process.argv.slice(2));
