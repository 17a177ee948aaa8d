#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// native-check.mjs [--compiler gcc|clang-19|PATH] [--seed N]: builds the core for this machine with
// ASan and UBSan and runs it for every release. Exit codes: 0 clean, 1 not, 2 usage, 3 no compiler.
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { buildNative, nativeCompilers, runNative } from "./lib/native.mjs";

const USAGE = "usage: native-check.mjs [--compiler gcc|clang-19|PATH] [--seed N]";
const RELEASES = [1, 2, 3, 6009, 6012, 6015, 6017, 6018];

function parse(argv) {
  try {
    const options = { compiler: { type: "string" }, seed: { type: "string", default: "1" } };
    const { values } = parseArgs({ args: argv, options });
    if (!/^\d{1,9}$/.test(values.seed)) throw new Error(`--seed ${values.seed} is no number`);
    return values;
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
    console.error(
      "no C compiler with sanitizers found; install gcc or clang, or name one with --compiler",
    );
    return 3;
  }
  const out = join(root, "core-c/build/native", basename(compiler));
  const program = await buildNative({ compiler, out });
  const results = RELEASES.map((release) => runNative(program, release, Number(options.seed)));
  for (const { text } of results) console.log(text);
  return results.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
