#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/**
 * machine.mjs record FILE    writes down what this machine has: mounts, names in BPF file systems,
 *                            cgroups, sysctls
 * machine.mjs compare FILE   tells what is new, gone or changed since then, and which processes are
 *                            left of this run
 *
 * The processes of a run are those that inherited its BPF_TOKEN_CI_RUN, whatever became of their
 * session and their parents.
 *
 * Exit codes: 0 written or the same, 1 something differs, 2 usage.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { differences } from "./machine-compare.mjs";
import { machineState, processesOf, withoutOthers } from "./machine-state.mjs";

/** What ends by itself may take so long. */
const PATIENCE_MS = 5000;

const run = process.env.BPF_TOKEN_CI_RUN;

function left() {
  return run === undefined ? [] : processesOf(run, { but: process.pid });
}

/** Compares again and again until there is no difference, or no more patience. */
async function compare(before) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = withoutOthers(machineState({ run }), before, { run });
    const lines = [
      ...differences(before, now),
      ...left().map(({ pid, command }) => `left: process ${pid}: ${command}`),
    ];
    if (lines.length === 0 || performance.now() > end) return { now, lines };
    await setTimeout(200);
  }
}

async function main([word, file, ...rest]) {
  if (file === undefined || rest.length > 0 || !["record", "compare"].includes(word)) {
    console.error("usage: machine.mjs record|compare FILE");
    return 2;
  }
  if (word === "record") {
    writeFileSync(file, JSON.stringify(machineState({ run })));
    return 0;
  }
  const { now, lines } = await compare(JSON.parse(readFileSync(file, "utf8")));
  for (const line of lines) console.log(line);
  if (lines.length > 0) return 1;
  const counts = Object.entries(now).map(([what, names]) => `${Object.keys(names).length} ${what}`);
  console.log(`the machine is as it was: ${counts.join(", ")}; no process of this run is left`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
