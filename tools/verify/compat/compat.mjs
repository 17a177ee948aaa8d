#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compatTable } from "bpf-token/compatibility";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { compatJson, compatPage } from "./page.mjs";

const HELP = `usage: npm run tool compat [-- --write]

Compares docs/compatibility.json and docs/compatibility.md with what the model, the facts and the tables
of loaders and managers say. The packages must be built.

Options:
  --write   write both files

Exit codes: 0 written, or they match; 1 they differ; 2 usage.`;

const { write } = readOptions(HELP, { options: { write: flag } });
const table = compatTable();
const files = { "compatibility.json": compatJson(table), "compatibility.md": compatPage(table) };

for (const [name, text] of Object.entries(files)) {
  const path = join(root, "docs", name);
  if (write) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`docs/${name} is out of date: run npm run tool compat -- --write`);
    process.exitCode = 1;
  }
}
