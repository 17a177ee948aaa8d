#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { writeCli } from "./lib/package.mjs";

const LIMIT_MB = 1.7;
const FOLDER = "out-tsc/cli";

const HELP = `usage: npm run pack:cli [-- --folder DIR]

Packs bpf-token-cli: the whole program in one tarball without dependencies, with its native programs for
x86-64 and arm64. 'npx ./bpf-token-cli-X.tgz doctor' then works on a machine with only Node and npm.
Builds the packages first.

Options:
  --folder DIR   where the tarball goes (default: ${FOLDER})

Exit codes: 0 packed; 1 something failed, or the tarball is larger than ${LIMIT_MB} MB; 2 usage.`;

/** Packs what {@link writeCli} writes; returns the path of the tarball. */
async function packCli(folder) {
  const made = mkdtempSync(join(tmpdir(), "bpf-token-cli-"));
  try {
    await writeCli(root, made);
    mkdirSync(folder, { recursive: true });
    const args = ["pack", "--json", "--pack-destination", folder];
    const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: made, encoding: "utf8" }));
    return join(folder, filename);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function main(folder) {
  buildExecutor();
  if (!buildQuietly()) return 1;
  const tarball = await packCli(resolve(folder ?? join(root, FOLDER)));
  const megabytes = statSync(tarball).size / 1e6;
  console.log(`${relative(process.cwd(), tarball)}: ${megabytes.toFixed(2)} MB`);
  if (megabytes <= LIMIT_MB) return 0;
  console.error(`the tarball is larger than ${LIMIT_MB} MB`);
  return 1;
}

const { folder } = readOptions(HELP, { options: { folder: { type: "string" } } });
try {
  process.exitCode = await main(folder);
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}
