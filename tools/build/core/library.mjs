#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { join } from "node:path";
import { flag, readOptions } from "../../lib/options.mjs";
import { BuildError } from "./lib/errors.mjs";
import { buildExample, buildLibrary } from "./lib/library.mjs";
import { root } from "./lib/paths.mjs";

const HELP = `usage: npm run tool build:library [-- --example]

Builds the core as a static library with its headers, for applications that are built with
Emscripten, in core-c/build/emscripten. docs/toolchains.md shows such an application.

Options:
  --example   also build and run core-c/examples/emscripten/token.c

Exit codes: 0 built, and the example passed; 1 the build or the example failed; 2 usage, or
emcc is missing.`;

async function main({ example }) {
  const out = join(root, "core-c/build/emscripten");
  const { objects, size } = await buildLibrary({ out });
  console.log(`libbpf-token.a: ${objects} objects, ${(size / 1000).toFixed(0)} kB`);
  if (!example) return 0;
  const { status, text } = await buildExample({
    out,
    source: "core-c/examples/emscripten/token.c",
  });
  process.stdout.write(text);
  return status === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(readOptions(HELP, { options: { example: flag } }));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
