#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { flag, readOptions } from "../lib/options.mjs";
import { root } from "../lib/run.mjs";

const HELP = `usage: npm run gen [-- --check]

Writes every generated file that is committed: C headers, TypeScript tables and docs/checks.md from
tools/gen/uapi/facts.json and the check tables of core-c, both halves of the executor's protocol
from packages/kernel-native/native/protocol.json, and both sides of the module's interface from
core-c/arch/wasm/abi.json. The table of intercepted calls in docs/exec.md is that of
packages/kernel-native/native/intercepted/calls.def. The scenario of bpf-token demo becomes JSON
text, for which the package that reads scenarios is built.

Options:
  --check     write nothing and compare every file with its source. This covers two more kinds of
              files: docs/spec/rules.json, which npm run tool gen:spec writes, and the API reports of
              the packages, which npm run tool api writes. This builds the packages.

Exit codes: 0 written, or everything matches; 1 a file differs, or a source is wrong; 2 usage.`;

const writers = [
  "uapi/gen.mjs",
  "protocol/gen-protocol.mjs",
  "abi/gen-abi.mjs",
  "demo/gen-demo.mjs",
  "intercepted/gen-intercepted.mjs",
];
/**
 * Generators that run in --check only. People run them on their own, because their output is
 * reviewed.
 */
const reviewed = ["spec-rules/spec-rules.mjs", "api/api.mjs"];

function run(generator, args) {
  const path = `${root}tools/gen/${generator}`;
  return spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: "inherit" }).status === 0;
}

function main({ check }) {
  if (!check) return writers.every((generator) => run(generator, [])) ? 0 : 1;
  const passed = [...writers, ...reviewed].map((generator) => run(generator, ["--check"]));
  return passed.every(Boolean) ? 0 : 1;
}

process.exitCode = main(readOptions(HELP, { options: { check: flag } }));
