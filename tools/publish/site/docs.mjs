#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions } from "../../lib/options.mjs";
import { typedoc } from "../../lib/run.mjs";
import { checkSite } from "./offline.mjs";

const HELP = `usage: npm run docs

Writes docs/api, a page for every export of every package, with TypeDoc (typedoc.json), and checks that
the pages open without a network. Builds the packages first.

Exit codes: 0 written; 1 the build or TypeDoc failed, or a page needs a network; 2 usage.`;

function main() {
  if (!buildQuietly()) return 1;
  const { status } = typedoc([], { stdio: "inherit" });
  if (status !== 0) return status ?? 1;
  return checkSite() ? 0 : 1;
}

readOptions(HELP);
process.exitCode = main();
