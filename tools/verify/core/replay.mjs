#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// replay.mjs [--compiler NAME] [--no-build]: records every scenario and proof at every release on the
// WebAssembly model, plays the recording to the same core as a program of this machine under ASan,
// UBSan and LSan, and compares every answer. Exit codes: 0 the same, 1 not, 2 usage, 3 no compiler.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { nativeCompilers } from "../../build/core/lib/program.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { buildReplay, replay } from "./lib/replay.mjs";
import { builtPackages, recordSuite } from "./lib/suite.mjs";

const USAGE = "usage: replay.mjs [--compiler NAME] [--no-build]";

function parse(argv) {
  try {
    const options = { compiler: { type: "string" }, build: { type: "boolean", default: true } };
    return parseArgs({ args: argv, allowNegative: true, options }).values;
  } catch (cause) {
    console.error(`${cause.message}\n${USAGE}`);
    return undefined;
  }
}

async function main(argv) {
  const options = parse(argv);
  if (options === undefined) return 2;
  const compiler = options.compiler ?? nativeCompilers()[0];
  if (compiler === undefined) {
    console.error("no C compiler with sanitizers found; install clang or gcc");
    return 3;
  }
  if (options.build && !buildQuietly()) return 1;
  const out = join(root, "core-c/build/native");
  mkdirSync(out, { recursive: true });
  const recording = join(out, "suite.rec");
  const { kernels, bytes, cut } = recordSuite(await builtPackages(), recording);
  console.log(`recorded ${kernels} kernels, ${bytes} bytes`);
  for (const [why, times] of cut) console.log(`${times} of them only up to ${why}`);
  const { ok, text } = replay(await buildReplay({ compiler, out }), recording);
  console.log(text);
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
