// SPDX-License-Identifier: MIT
// The core as programs of this machine. Objects are kept by the content of what they are made from.
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

/** What a host has in place of these. */
export const replaced = ["core-c/arch/wasm/traps.c", "core-c/lib/heap.c"];
/** The sources of the model that a host shares with WebAssembly. */
function coreSources() {
  return modelSources().filter((path) => !replaced.includes(path));
}

/** The same with libc: an allocation per allocation. */
export const libcHost = ["core-c/arch/native/heap.c", "core-c/arch/native/traps.c"];

/** User addresses may be anything, and members of what lies there are addressed, never touched. */
export const sanitizers = [
  "-fsanitize=address,undefined",
  "-fno-sanitize=alignment,null",
  "-fno-sanitize-recover=all",
];

/** Whether a program can be made with some flags: libraries of sanitizers are packages of their own. */
export function works(compiler, flags = sanitizers) {
  const args = [...flags, "-x", "c", "-", "-o", "/dev/null"];
  const run = spawnSync(compiler, args, { input: "int main(void) { return 0; }\n" });
  return !run.error && run.status === 0;
}

/** The compilers of this machine that can be asked for; none is no error. */
export function nativeCompilers(env = process.env) {
  const names = [env.CC, "clang-19", "clang", "gcc"].filter(Boolean);
  return names.filter((name, i) => names.indexOf(name) === i && works(name));
}

/** A clang of this machine that can do what only clang can, or undefined. */
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

/** Compiles what is not there yet, each with its flags, and answers with the paths of all objects. */
function compileAll(compiler, flagsOf, sources, folder) {
  // A cache for its dates alone: what no build asked for in a while goes.
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
 * @param options - `compiler`; `name` of the program in the folder `out`; `own`, its sources; `host`,
 *   what stands in for the parts of WebAssembly; `flags` for compiling and linking; `modelFlags`, which
 *   answers with those for one source of the model alone; `linkFlags`; `optimise`, such as `-O1`.
 * @returns its path.
 * @throws BuildError with what the compiler said.
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
