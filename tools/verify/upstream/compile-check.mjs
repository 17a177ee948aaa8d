#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// compile-check.mjs [--patch FILE]… [--source TARBALL|DIR]… [--inode] [--release R] [--compiler C]
//
// Proves that the kernel's own kernel/bpf/token.c compiles on the headers of core-c, unmodified and
// without a warning: out of a patch that makes it (a mail, a page of patchwork; compiled as v10), or
// out of a kernel tree (a folder, or an archive such as linux-source-6.12.tar.xz). --inode takes
// inode.c of the trees too. CC names a clang to use where no --compiler is given; else it is the one
// from npm. The kernel's text is kept in a temporary folder and gone afterwards.
//
// Exit codes: 0 all compile, 1 one does not, 2 usage, 3 the text cannot be had.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { chooseCompiler } from "../../build/core/lib/choose.mjs";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { compileFile } from "./lib/compile.mjs";
import { CheckError } from "./lib/errors.mjs";
import { fileFromPatch } from "./lib/patch.mjs";
import { releaseCode } from "./lib/release.mjs";
import { filesFromSource } from "./lib/source.mjs";

const TOKEN = "kernel/bpf/token.c";
const INODE = "kernel/bpf/inode.c";
const USAGE =
  "usage: compile-check.mjs [--patch FILE]... [--source TARBALL|DIR]... [--inode] [--release R] [--compiler C]";

function parse(argv) {
  const options = {
    patch: { type: "string", multiple: true, default: [] },
    source: { type: "string", multiple: true, default: [] },
    inode: { type: "boolean", default: false },
    release: { type: "string" },
    compiler: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  };
  try {
    return parseArgs({ args: argv, options }).values;
  } catch (cause) {
    throw new CheckError(`${cause.message}\n${USAGE}`, 2);
  }
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

async function main(argv) {
  const options = parse(argv);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.patch.length + options.source.length === 0) {
    throw new CheckError(`nothing to compile: name a --patch or a --source\n${USAGE}`, 2);
  }
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
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CheckError) && !(error instanceof BuildError)) throw error;
  console.error(`compile-check: ${error.message}`);
  process.exitCode = error instanceof BuildError ? 2 : error.exitCode;
}
