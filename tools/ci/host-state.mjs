#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { readOptions } from "../lib/options.mjs";
import { differences } from "./compare-host-state.mjs";
import { processesOf, readHostState, withoutOthers } from "./read-host-state.mjs";

const HELP = `usage: npm run tool host-state -- record|compare FILE

Shows what a test run leaves behind on this machine.

  record FILE    write the mounts, names in BPF filesystems, cgroups, devices and sysctls to FILE
  compare FILE   print what is new, gone or changed since then, and which processes of this run still
                 run: those that inherited its BPF_TOKEN_CI_RUN

Exit codes: 0 written, or no difference; 1 differences; 2 usage.`;

/** How long processes and mounts may take to disappear. */
const PATIENCE_MS = 5000;

const run = process.env.BPF_TOKEN_CI_RUN;

function left() {
  return run === undefined ? [] : processesOf(run, { but: process.pid });
}

/** Compares until there is no difference or the time is over. */
async function compare(before) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = withoutOthers(readHostState({ run }), before, { run });
    const lines = [
      ...differences(before, now),
      ...left().map(({ pid, command }) => `left: process ${pid}: ${command}`),
    ];
    if (lines.length === 0 || performance.now() > end) return { now, lines };
    await setTimeout(200);
  }
}

function refine({ positionals: [word, file, ...rest] }) {
  if (!["record", "compare"].includes(word))
    throw new RangeError("the first argument must be record or compare");
  if (file === undefined || rest.length > 0) throw new RangeError("name one FILE");
  return { word, file };
}

async function main({ word, file }) {
  if (word === "record") {
    writeFileSync(file, JSON.stringify(readHostState({ run })));
    return 0;
  }
  const { now, lines } = await compare(JSON.parse(readFileSync(file, "utf8")));
  for (const line of lines) console.log(line);
  if (lines.length > 0) return 1;
  const counts = Object.entries(now).map(([what, names]) => `${Object.keys(names).length} ${what}`);
  console.log(`host state unchanged: ${counts.join(", ")}; no process of this run is left`);
  return 0;
}

process.exitCode = await main(readOptions(HELP, { allowPositionals: true }, refine));
