// SPDX-License-Identifier: MIT
// Builds the core as native programs. Objects are cached by the hash of their inputs.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { Cache, digest } from "./cache.mjs";
import { BuildError } from "./errors.mjs";
import { headersOf } from "./includes.mjs";
import { inParallel } from "./parallel.mjs";
import { includeFolders, listFiles, modelHeaders, modelSources, root } from "./paths.mjs";
import { runProgram } from "./run-program.mjs";

/** Sources that a native host replaces. */
export const replaced = ["core-c/arch/wasm/traps.c", "core-c/lib/heap.c"];
/** The sources of the model that native programs share with WebAssembly. */
function coreSources() {
  return modelSources().filter((path) => !replaced.includes(path));
}

/** The native host with libc: each allocation of the model is one malloc(). */
export const libcHost = ["core-c/arch/native/heap.c", "core-c/arch/native/traps.c"];

/**
 * Alignment and null checks are off: the model computes member addresses of arbitrary user
 * pointers, but never dereferences them.
 */
export const sanitizers = [
  "-fsanitize=address,undefined",
  "-fno-sanitize=alignment,null",
  "-fno-sanitize-recover=all",
];

/** Whether the compiler can link with these flags; sanitizer libraries are separate packages. */
export function works(compiler, flags = sanitizers) {
  const args = [...flags, "-x", "c", "-", "-o", "/dev/null"];
  const run = spawnSync(compiler, args, { input: "int main(void) { return 0; }\n" });
  return !run.error && run.status === 0;
}

/** The native compilers of this machine, possibly none. */
export function nativeCompilers(env = process.env) {
  const names = [env.CC, "clang-19", "clang", "gcc"].filter(Boolean);
  return names.filter((name, i) => names.indexOf(name) === i && works(name));
}

/** A clang of this machine that supports the flags, or undefined. */
export function findClang(flags = sanitizers, env = process.env) {
  const names = [env.CC, "clang-19", "clang"].filter((name) => name && isClang(name));
  return names.find((name) => works(name, flags));
}

function isClang(compiler) {
  return /^clang(-\d+)?$/.test(basename(compiler));
}

function commonFlags(compiler) {
  return [
    ...["-std=gnu11", "-g", "-ffreestanding", "-DCONFIG_NATIVE", "-fno-omit-frame-pointer"],
    ...["-fno-strict-aliasing", "-fwrapv", "-Wall", "-Wextra", "-Wno-unused-parameter"],
    ...(isClang(compiler)
      ? ["-Werror", "-Wcast-function-type-strict"]
      : ["-Wno-cast-function-type"]),
    ...includeFolders.map((folder) => `-I${folder}`),
  ];
}

async function run(program, args) {
  const { ok, log } = await runProgram(program, args, root);
  if (!ok) throw new BuildError(log.trimEnd() || `${program} failed`);
}

function versionOf(compiler) {
  const { stdout } = spawnSync(compiler, ["--version"], { encoding: "utf8" });
  return String(stdout).split("\n")[0];
}

/** Compiles each source that has no cached object, and returns the paths of all objects. */
function compileAll(compiler, flagsOf, sources, folder) {
  // Used for its expiry only: deletes objects that no build has used for a while.
  const cache = new Cache(folder);
  const extra = ["core-c/arch/native", "core-c/tests"];
  const headers = new Set([...modelHeaders(), ...extra.flatMap((at) => listFiles(at, [".h"]))]);
  const texts = new Map();
  const read = (path) => {
    if (!texts.has(path)) texts.set(path, readFileSync(join(root, path), "utf8"));
    return texts.get(path);
  };
  const version = versionOf(compiler);
  return inParallel(sources, availableParallelism(), async (source) => {
    const flags = flagsOf(source);
    const files = [source, ...headersOf(source, read, headers)];
    const key = `${digest(version, flags.join("\n"), ...files.flatMap((at) => [at, read(at)]))}.o`;
    const object = join(folder, key);
    if (cache.get(key) === undefined) {
      const part = `${object}.${process.pid}`;
      await run(compiler, [...flags, "-c", source, "-o", part]);
      renameSync(part, object);
    }
    return object;
  });
}

/**
 * Builds a program from the model and some sources of its own.
 *
 * @param options - `compiler`; `name` of the program in the folder `out`; `own`, its sources;
 *   `host`, the sources that replace the WebAssembly ones; `flags` for compiling and linking;
 *   `modelFlags`, which returns flags for one source of the model; `linkFlags`; `optimise`, such as
 *   `-O1`.
 * @returns the path of the program.
 * @throws BuildError with the output of the compiler.
 */
export async function buildProgram(options) {
  const { compiler, name, out, own, host = libcHost, flags = [], optimise = "-O1" } = options;
  const { modelFlags = () => [], linkFlags = [], core = coreSources() } = options;
  mkdirSync(out, { recursive: true });
  const objects = join(root, "core-c/build/native/objects");
  const common = [...commonFlags(compiler), optimise, ...flags];
  const model = await compileAll(compiler, (at) => [...common, ...modelFlags(at)], core, objects);
  const rest = await compileAll(compiler, () => common, [...host, ...own], objects);
  const program = join(out, name);
  const part = `${program}.${process.pid}`;
  await run(compiler, [...flags, ...linkFlags, "-o", part, ...model, ...rest]);
  renameSync(part, program);
  return program;
}
