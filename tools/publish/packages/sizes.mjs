#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { prebuilds } from "../../build/native/lib/programs.mjs";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { publicPackages } from "../../lib/manifests.mjs";
import { marked, writeMarked } from "../../lib/marked.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { bundleSize } from "./lib/bundle-size.mjs";
import { withInstalled } from "./lib/pack.mjs";
import { agrees, sizeLine, sizeTable } from "./lib/size-text.mjs";

const HELP = `usage: npm run tool sizes -- [--write | --check]

Packs and installs the packages and prints the table of their sizes for docs/backends.md. Builds
them first.

Options:
  --write   write the table to docs/backends.md and a line to the README of each package
  --check   report whether these texts are up to date, each number within 5 %

Exit codes: 0 done, or the texts match; 1 they differ, or something failed; 2 usage; 3 the native
programs cannot be built here, so one package is incomplete.`;

/** The tags of the manifest name the environment of a package. */
const runsInPages = ({ json }) => json.nx.tags.includes("env:any");

async function measure({ tarballs, app }) {
  const rows = [];
  for (const one of publicPackages()) {
    const { name } = one.json;
    const { size: packed, unpackedSize: unpacked } = tarballs.find((each) => each.name === name);
    const bundle = runsInPages(one) ? await bundleSize(app, name) : undefined;
    rows.push({ name, folder: one.folder, packed, unpacked, bundle });
  }
  return rows;
}

/** All places with sizes, with their expected text. */
function places(rows) {
  const own = rows.map((row) => [`${row.folder}/README.md`, "size", sizeLine(row)]);
  return [["docs/backends.md", "sizes", sizeTable(rows)], ...own];
}

async function main(values) {
  buildExecutor();
  if (!buildQuietly()) return 1;
  const missing = prebuilds
    .map(({ path }) => path)
    .filter((path) => !existsSync(`${root}packages/kernel-native/prebuilds/${path}`));
  if (missing.length > 0) {
    console.error(`@bpf-token/kernel-native is incomplete, not built: ${missing}`);
    return 3;
  }
  const rows = await withInstalled(measure);
  console.log(sizeTable(rows));
  if (values.write) for (const [path, name, text] of places(rows)) writeMarked(path, name, text);
  if (!values.check) return 0;
  const stale = places(rows).filter(
    ([path, name, text]) => !agrees(marked(readFileSync(root + path, "utf8"), name), text),
  );
  for (const [path, , text] of stale)
    console.error(`${path} is out of date; the sizes are now\n${text}`);
  if (stale.length > 0) console.error("run `npm run tool sizes -- --write`");
  return stale.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options: { write: flag, check: flag } }));
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
