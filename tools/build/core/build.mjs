#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { flag, readOptions } from "../../lib/options.mjs";
import { buildKernel } from "./lib/build.mjs";
import { chooseCompiler } from "./lib/choose.mjs";
import { embedSdkText, embedText, SDK_TYPE } from "./lib/embed.mjs";
import { BuildError } from "./lib/errors.mjs";
import { root } from "./lib/paths.mjs";
import { buildSdk } from "./lib/sdk.mjs";

const HELP = `usage: npm run tool build:core -- [--compiler C] [--out DIR] [--define NAME[=VALUE]]... [--sdk]
                        [--print-compiler]

Compiles core-c to WebAssembly: writes core-c/build/kernel.wasm, and the module as a file of the package
@bpf-token/kernel-wasm.

Options:
  --compiler C            yowasp (the compiler from npm), clang-19, emcc or a path; without it the
                          clang that CC names, else yowasp
  --out DIR               write DIR/kernel.wasm and nothing else
  --define NAME[=VALUE]   define a preprocessor macro; repeatable
  --sdk                   write the package's SDK for compiling and linking upstream source instead
  --print-compiler        print the compiler's name and version, which are part of Nx's cache key

Exit codes: 0 built; 1 a source or the module is wrong; 2 usage, or the compiler is missing.`;
const PACKAGE = join(root, "packages/kernel-wasm");

const options = {
  compiler: { type: "string" },
  out: { type: "string" },
  define: { type: "string", multiple: true, default: [] },
  sdk: flag,
  "print-compiler": flag,
};

/** Writes a file only if its content changes, so that its date stays meaningful. */
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

/** Prints progress every second, in the form that `tools/lib/build-steps.mjs` parses. */
function countObjects(what) {
  let printed = performance.now();
  return (done, all) => {
    if (performance.now() - printed < 1000) return;
    printed = performance.now();
    console.log(`compiled ${done} of ${all} sources for ${what}`);
  };
}

/** The bundle of the package imports the second file, so that a program is built without waiting for it. */
async function writeSdk(compiler, cache) {
  const sdk = await buildSdk({ compiler, cache, onObject: countObjects("the SDK") });
  writeChanged(join(PACKAGE, "src/generated/sdk-archive.ts"), embedSdkText(sdk, SDK_TYPE));
  writeChanged(join(PACKAGE, "dist/generated/sdk-archive.js"), embedSdkText(sdk));
  console.log(`the SDK: ${sdk.bytes.length} bytes`);
}

async function main(options) {
  const started = performance.now();
  const compiler = chooseCompiler(options.compiler);
  if (options["print-compiler"]) {
    console.log(compiler.id);
    return;
  }
  const cache = join(root, "core-c/build/cache");
  if (options.sdk) {
    await writeSdk(compiler, cache);
    return;
  }
  const out = resolve(options.out ?? join(root, "core-c/build"));
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
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `kernel.wasm: ${bytes.length} bytes, ${compiled} of ${sources} sources compiled by ${compiler.id}, ${seconds} s`,
  );
}

try {
  await main(readOptions(HELP, { options }));
} catch (cause) {
  if (!(cause instanceof BuildError)) throw cause;
  console.error(cause.message);
  process.exitCode = cause.exitCode;
}
