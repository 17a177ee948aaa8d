// SPDX-License-Identifier: MIT
// Compiles with an installed clang, which is faster than the compiler from npm.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { BuildError } from "./errors.mjs";
import { root } from "./paths.mjs";
import { runProgram } from "./run-program.mjs";

/** The first line of `--version`, or undefined if the program cannot be run. */
export function versionLine(program) {
  const run = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (run.error || run.status !== 0) return undefined;
  return run.stdout.split("\n")[0];
}

/** @throws BuildError with the hint if a program cannot be run. */
export function requireProgram(program, hint) {
  const line = versionLine(program);
  if (line === undefined) throw new BuildError(`${program} cannot be run; ${hint}`, 2);
  return line;
}

/** The linker of a compiler: `clang-19` uses `wasm-ld-19` if it exists. */
function linkerOf(compiler) {
  const suffix = /clang(-\d+)?$/.exec(basename(compiler))?.[1] ?? "";
  const folder = compiler.includes("/") ? `${dirname(compiler)}/` : "";
  const names = [`${folder}wasm-ld${suffix}`, `wasm-ld${suffix}`, "wasm-ld"];
  const found = names.find((name) => versionLine(name) !== undefined);
  if (found !== undefined) return found;
  throw new BuildError(
    `no wasm-ld found for ${compiler}: install lld, or use --compiler yowasp`,
    2,
  );
}

/** Runs `work` with a temporary folder. */
async function inScratch(work) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-wasm-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compiles one source below `top` with a program that takes clang's arguments. */
export function compileWith(program, flags, source, top) {
  return inScratch(async (folder) => {
    const out = join(folder, "out.o");
    const { ok, log } = await runProgram(program, [...flags, "-c", source, "-o", out], top);
    return { ok, log, object: ok ? readFileSync(out) : undefined };
  });
}

/** Links objects, given by name, with wasm-ld. */
export function linkWith(linker, flags, objects) {
  return inScratch(async (folder) => {
    const out = join(folder, "out.wasm");
    const paths = [...objects].map(([name, bytes]) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    });
    const { ok, log } = await runProgram(linker, [...flags, ...paths, "-o", out], folder);
    return {
      ok,
      log: log.replaceAll(`${folder}/`, ""),
      module: ok ? readFileSync(out) : undefined,
    };
  });
}

/**
 * @returns a compiler with the interface of the npm one; it reads sources from the folder `top`.
 */
export function systemCompiler(program, top = root) {
  const version = requireProgram(program, "use --compiler yowasp, which npm ci installs");
  const linker = linkerOf(program);
  return {
    id: `${version} + ${versionLine(linker)}`,
    jobs: availableParallelism(),
    compile: (flags, source) => compileWith(program, flags, source, top),
    link: (flags, objects) => linkWith(linker, flags, objects),
  };
}
