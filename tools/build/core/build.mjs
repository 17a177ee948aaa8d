#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// build.mjs [--compiler yowasp|clang-19|emcc|PATH] [--out DIR] [--define NAME[=VALUE]]…
//
// Compiles core-c to WebAssembly: DIR/kernel.wasm (core-c/build). Without --out it also makes what
// the package @bpf-token/kernel-wasm embeds and ships: the module, and the SDK that a file of the
// kernel's is compiled and linked with. CC names a clang to use where no --compiler
// is given. --print-compiler says which compiler it would be: what Nx caches by.
// Exit codes: 0 made, 1 the sources or the module are wrong, 2 usage.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildKernel } from "./lib/build.mjs";
import { chooseCompiler } from "./lib/choose.mjs";
import { embedSdkText, embedText } from "./lib/embed.mjs";
import { BuildError } from "./lib/errors.mjs";
import { root } from "./lib/paths.mjs";
import { buildSdk } from "./lib/sdk.mjs";

const USAGE =
  "usage: build.mjs [--compiler yowasp|clang-19|emcc|PATH] [--out DIR] [--define NAME[=VALUE]]...";
const PACKAGE = join(root, "packages/kernel-wasm");

function parse(argv) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        compiler: { type: "string" },
        out: { type: "string" },
        define: { type: "string", multiple: true, default: [] },
        "print-compiler": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (cause) {
    throw new BuildError(`${cause.message}\n${USAGE}`, 2);
  }
}

/** Writes a file where its content is another one, so that nothing looks newer than it is. */
function writeChanged(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const bytes = Buffer.from(content);
  try {
    if (readFileSync(path).equals(bytes)) return;
  } catch (cause) {
    if (cause.code !== "ENOENT") throw cause;
  }
  writeFileSync(path, bytes);
}

/** Prints how many sources are compiled, every second: `tools/lib/build-steps.mjs` reads it. */
function countObjects(what) {
  let printed = performance.now();
  return (done, all) => {
    if (performance.now() - printed < 1000) return;
    printed = performance.now();
    console.log(`compiled ${done} of ${all} sources for ${what}`);
  };
}

async function main(argv) {
  const options = parse(argv);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const started = performance.now();
  const compiler = chooseCompiler(options.compiler);
  if (options["print-compiler"]) {
    console.log(compiler.id);
    return;
  }
  const out = resolve(options.out ?? join(root, "core-c/build"));
  const cache = join(root, "core-c/build/cache");
  const { bytes, compiled, sources } = await buildKernel({
    compiler,
    cache,
    defines: options.define,
    onObject: countObjects("the kernel"),
  });
  writeChanged(join(out, "kernel.wasm"), bytes);
  if (options.out === undefined) {
    writeChanged(join(PACKAGE, "src/generated/kernel-module.ts"), embedText(bytes));
    writeChanged(join(PACKAGE, "dist/kernel.wasm"), bytes);
    const sdk = await buildSdk({ compiler, cache, onObject: countObjects("the SDK") });
    writeChanged(join(PACKAGE, "src/generated/sdk-archive.ts"), embedSdkText(sdk));
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `kernel.wasm: ${bytes.length} bytes, ${compiled} of ${sources} sources compiled by ${compiler.id}, ${seconds} s`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
