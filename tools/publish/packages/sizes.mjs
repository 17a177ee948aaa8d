#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// sizes.mjs [--write | --check]: how large each package is as users get it. Prints the table of the
// README; --write puts it there, and a line into each package's README; --check says whether what
// stands there is still so, within one part in twenty. Exit codes: 0 fine, 1 not, 3 where the native
// programs are not built, so that the package of the running kernel is not whole.
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { publicPackages } from "../../lib/manifests.mjs";
import { marked, writeMarked } from "../../lib/marked.mjs";
import { root } from "../../lib/run.mjs";
import { bundleSize } from "./lib/bundle-size.mjs";
import { withInstalled } from "./lib/pack.mjs";
import { agrees, sizeLine, sizeTable } from "./lib/size-text.mjs";

const programs = ["linux-x64/bpf-exec", "linux-x64/bpf-token.node", "linux-arm64/bpf-token.node"];

/** Tags of the manifest say where a package runs. */
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

/** Every place where sizes are told, with what should stand there. */
function places(rows) {
  const own = rows.map((row) => [`${row.folder}/README.md`, "size", sizeLine(row)]);
  return [["README.md", "sizes", sizeTable(rows)], ...own];
}

async function main() {
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({ options: { write: flag, check: flag } });
  buildExecutor();
  if (!buildQuietly()) return 1;
  const missing = programs.filter(
    (name) => !existsSync(`${root}packages/kernel-native/prebuilds/${name}`),
  );
  if (missing.length > 0) {
    console.error(`not built, so that @bpf-token/kernel-native is not whole: ${missing}`);
    return 3;
  }
  const rows = await withInstalled(measure);
  console.log(sizeTable(rows));
  if (values.write) for (const [path, name, text] of places(rows)) writeMarked(path, name, text);
  if (!values.check) return 0;
  const stale = places(rows).filter(
    ([path, name, text]) => !agrees(marked(readFileSync(root + path, "utf8"), name), text),
  );
  for (const [path, , text] of stale) console.error(`${path} tells other sizes than\n${text}`);
  if (stale.length > 0) console.error("run `npm run sizes -- --write`");
  return stale.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
