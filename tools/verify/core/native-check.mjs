#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { basename, join } from "node:path";
import { BuildError } from "../../build/core/lib/errors.mjs";
import { root } from "../../build/core/lib/paths.mjs";
import { readOptions, wholeNumber } from "../../lib/options.mjs";
import { buildNative, nativeCompilers, runNative } from "./lib/native.mjs";

const HELP = `usage: npm run tool check:core -- [--compiler C] [--seed N]

Builds the model as a native program with ASan and UBSan and runs a fixed sequence of calls and a
random one on every release.

Options:
  --compiler C   gcc, clang-19 or a path (default: that in CC, else clang-19, clang or gcc)
  --seed N       the seed of the random sequence (default: 1)

Exit codes: 0 no error; 1 errors; 2 usage; 3 no compiler with sanitizers.`;
const RELEASES = [1, 2, 3, 6009, 6012, 6015, 6017, 6018, 6019, 7000, 7001, 7002, 7003];

const options = { compiler: { type: "string" }, seed: { type: "string", default: "1" } };

async function main({ compiler: named, seed }) {
  const compiler = named ?? nativeCompilers()[0];
  if (compiler === undefined) {
    console.error(
      "no C compiler with sanitizers found; install gcc or clang, or name one with --compiler",
    );
    return 3;
  }
  const out = join(root, "core-c/build/native", basename(compiler));
  const program = await buildNative({ compiler, out });
  const results = RELEASES.map((release) => runNative(program, release, seed));
  for (const { text } of results) console.log(text);
  return results.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main(
    readOptions(HELP, { options }, ({ values }) => ({
      ...values,
      seed: wholeNumber("seed", values.seed),
    })),
  );
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
