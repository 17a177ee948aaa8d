#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// library.mjs [--example]: the core as a static library with its headers, for applications that are
// built with Emscripten, in core-c/build/emscripten. --example also builds and runs the example.
// Exit codes: 0 made (and the example saw what it should), 1 not, 2 there is no emcc.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BuildError } from "./lib/errors.mjs";
import { buildExample, buildLibrary } from "./lib/library.mjs";
import { root } from "./lib/paths.mjs";

async function main() {
  const flag = { type: "boolean", default: false };
  const { values } = parseArgs({ options: { example: flag } });
  const out = join(root, "core-c/build/emscripten");
  const { objects, size } = await buildLibrary({ out });
  console.log(`libbpf-token.a: ${objects} objects, ${(size / 1000).toFixed(0)} kB`);
  if (!values.example) return 0;
  const { status, text } = await buildExample({
    out,
    source: "core-c/examples/emscripten/token.c",
  });
  process.stdout.write(text);
  return status === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
