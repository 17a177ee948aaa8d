#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { chooseCompiler } from "../../build/core/lib/choose.mjs";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { compileFile } from "./lib/compile.mjs";
import { CheckError } from "./lib/errors.mjs";
import { fileFromPatch } from "./lib/patch.mjs";
import { releaseCode } from "./lib/release.mjs";
import { filesFromSource } from "./lib/source.mjs";

const TOKEN = "kernel/bpf/token.c";
const INODE = "kernel/bpf/inode.c";
const HELP = `usage: npm run tool upstream:check -- [--patch FILE]... [--source TARBALL|DIR]... [--inode] [--release R] [--compiler C]

Compiles upstream kernel/bpf/token.c, unmodified, with the headers of core-c; a warning is an error.
The source is only copied to a temporary folder, which is deleted afterwards.

Options:
  --patch FILE           a patch that creates token.c (a mail, a page of patchwork), compiled as v10
  --source TARBALL|DIR   a kernel tree, or an archive such as linux-source-6.12.tar.xz
  --inode                also compile the inode.c of the trees
  --release R            compile for this release (default: the release of the tree)
  --compiler C           as for npm run tool build:core

Exit codes: 0 all compile; 1 a file does not compile; 2 usage; 3 the source cannot be read.`;

const options = {
  patch: { type: "string", multiple: true, default: [] },
  source: { type: "string", multiple: true, default: [] },
  inode: flag,
  release: { type: "string" },
  compiler: { type: "string" },
};

function refine({ values }) {
  if (values.patch.length + values.source.length > 0) return values;
  throw new RangeError("nothing to compile: name a --patch or a --source");
}

function readPatch(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new CheckError(`${file}: ${cause.code ?? cause.message}`);
  }
}

/** What is to be compiled: from where, which file, which bytes, for which release. */
function collect(options, scratch) {
  const fromPatches = options.patch.map((file) => ({
    from: basename(file),
    path: TOKEN,
    bytes: fileFromPatch(readPatch(file), TOKEN).bytes,
    release: options.release ?? "v10",
  }));
  const fromTrees = options.source.flatMap((place, i) => {
    const folder = join(scratch, `tree${i}`);
    mkdirSync(folder);
    const paths = options.inode ? [TOKEN, INODE] : [TOKEN];
    const tree = filesFromSource(place, paths, folder);
    const release = options.release ?? tree.release;
    if (release === undefined) {
      throw new CheckError(`${place} does not say its release; add --release 6.12`, 2);
    }
    return [...tree.files].map(([path, bytes]) => ({
      from: basename(place),
      path,
      bytes,
      release,
    }));
  });
  return [...fromPatches, ...fromTrees];
}

async function check(compiler, { from, path, bytes, release }, scratch) {
  const code = releaseCode(release);
  const { ok, log, size } = await compileFile(compiler, path, bytes, code, scratch);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const verdict = ok ? `${size} bytes of object, ok` : "does not compile";
  console.log(`${from}: ${basename(path)} sha256 ${sha256} as ${release}: ${verdict}`);
  if (!ok) console.error(log.trimEnd());
  return ok;
}

async function main(options) {
  const scratch = mkdtempSync(join(tmpdir(), "bpf-token-upstream-"));
  try {
    const compiler = chooseCompiler(options.compiler);
    let failed = 0;
    for (const file of collect(options, scratch)) {
      if (!(await check(compiler, file, scratch))) failed++;
    }
    return failed ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(readOptions(HELP, { options }, refine));
} catch (error) {
  if (!(error instanceof CheckError) && !(error instanceof BuildError)) throw error;
  console.error(`compile-check: ${error.message}`);
  process.exitCode = error instanceof BuildError ? 2 : error.exitCode;
}
