// SPDX-License-Identifier: MIT
// The same core as a program of this machine, for sanitizers.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { BuildError } from "./errors.mjs";
import { inParallel } from "./parallel.mjs";
import { includeFolders, listFiles, modelSources, root } from "./paths.mjs";
import { runProgram } from "./run-program.mjs";

/** What a host has in place of these. */
const replaced = ["core-c/arch/wasm/traps.c", "core-c/lib/heap.c"];
const SMOKE = "core-c/arch/native/smoke.c";
/** User addresses may be anything, and members of what lies there are addressed, never touched. */
const sanitizers = [
  "-fsanitize=address,undefined",
  "-fno-sanitize=alignment,null",
  "-fno-sanitize-recover=all",
];

/** Whether a program can be made with the sanitizers: their libraries are packages of their own. */
function works(compiler) {
  const args = [...sanitizers, "-x", "c", "-", "-o", "/dev/null"];
  const run = spawnSync(compiler, args, { input: "int main(void) { return 0; }\n" });
  return !run.error && run.status === 0;
}

/** The compilers of this machine that can be asked for; none is no error. */
export function nativeCompilers(env = process.env) {
  const names = [env.CC, "clang-19", "clang", "gcc"].filter(Boolean);
  return names.filter((name, i) => names.indexOf(name) === i && works(name));
}

function flagsOf(compiler) {
  const clang = /clang/.test(basename(compiler));
  return [
    ...["-std=gnu11", "-O1", "-g", "-ffreestanding", "-DCONFIG_NATIVE", "-fno-omit-frame-pointer"],
    ...["-fno-strict-aliasing", "-fwrapv", "-Wall", "-Wextra", "-Wno-unused-parameter"],
    ...(clang ? ["-Werror", "-Wcast-function-type-strict"] : ["-Wno-cast-function-type"]),
  ];
}

async function run(program, args) {
  const { ok, log } = await runProgram(program, args, root);
  if (!ok) throw new BuildError(log.trimEnd() || `${program} failed`);
}

/**
 * Compiles the core and links it with `smoke.c`.
 *
 * @param options - `compiler`; `out`, a folder; `sanitize`, default true.
 * @returns the path of the program.
 * @throws BuildError with what the compiler said.
 */
export async function buildNative({ compiler, out, sanitize = true }) {
  mkdirSync(out, { recursive: true });
  const watched = sanitize ? sanitizers : [];
  const includes = includeFolders.map((folder) => `-I${folder}`);
  const compile = async (source) => {
    const object = join(out, `${source.replaceAll("/", "-").replace(/\.c$/, "")}.o`);
    const args = [...flagsOf(compiler), ...watched, ...includes, "-c", source, "-o", object];
    await run(compiler, args);
    return object;
  };
  const core = modelSources().filter((path) => !replaced.includes(path));
  const native = listFiles("core-c/arch/native", [".c"]).filter((path) => path !== SMOKE);
  const objects = await inParallel([...core, ...native], availableParallelism(), compile);
  const program = join(out, "smoke");
  await run(compiler, [...watched, "-o", program, await compile(SMOKE), ...objects]);
  return program;
}

/** Looking for leaks needs ptrace(2), which some containers forbid. */
const CANNOT_TRACE = /LeakSanitizer has encountered a fatal error/;

/**
 * Runs the program for one release.
 *
 * @returns `ok`, and what it printed, sanitizer reports included.
 */
export function runNative(program, releaseCode, seed = 1, leaks = true) {
  const child = spawnSync(program, [String(releaseCode), String(seed)], {
    encoding: "utf8",
    timeout: 120_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ASAN_OPTIONS: `detect_leaks=${Number(leaks)}` },
  });
  if (leaks && CANNOT_TRACE.test(child.stderr)) return runNative(program, releaseCode, seed, false);
  const how = child.error?.message ?? (child.signal ? `killed by ${child.signal}` : "");
  return { ok: child.status === 0, text: `${child.stdout}${child.stderr}${how}`.trimEnd() };
}
