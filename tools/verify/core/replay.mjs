#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { nativeCompilers } from "../../build/core/lib/program.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { readOptions } from "../../lib/options.mjs";
import { buildReplay, replay } from "./lib/replay.mjs";
import { builtPackages, recordSuite } from "./lib/suite.mjs";

const HELP = `usage: npm run tool replay:core -- [--compiler NAME] [--no-build]

Records every scenario and proof at every release on the WebAssembly model, replays the recording on
the same core as a native program under ASan, UBSan and LSan, and compares every answer.

Options:
  --compiler NAME   the C compiler (default: that in CC, else clang-19, clang or gcc)
  --no-build        use the packages without building them

Exit codes: 0 the answers match; 1 they differ, or the build failed; 2 usage; 3 no compiler.`;

const options = { compiler: { type: "string" }, build: { type: "boolean", default: true } };

async function main(options) {
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
  for (const [why, times] of cut) console.log(`${times} of them end early, at ${why}`);
  const { ok, text } = replay(await buildReplay({ compiler, out }), recording);
  console.log(text);
  return ok ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options, allowNegative: true }));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
