#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// `npm run demo`: builds what the demo needs, and tells it. Options are the demo's own.
import { spawnSync } from "node:child_process";
import { buildExecutor } from "../lib/build-executor.mjs";
import { buildQuietly } from "../lib/build-quietly.mjs";
import { root } from "../lib/run.mjs";

function main(args) {
  if (!buildQuietly("bpf-token")) return 1;
  if (args.some((arg) => arg.includes("native"))) buildExecutor();
  const program = `${root}packages/bpf-token/bin/bpf-token.js`;
  return spawnSync(process.execPath, [program, "demo", ...args], { stdio: "inherit" }).status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
