// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type ToolResult, type WasmCompiler, yowaspCompiler } from "../compiler.js";
import { CompilerError } from "../errors.js";
import { outputOf, runProgram } from "./run.js";

const versions = [21, 20, 19, 18, 17];
/** Names that clang is installed under, the plain one first. */
const names = ["clang", ...versions.map((version) => `clang-${version}`)];

function versionOf(program: string): string | undefined {
  return outputOf(program, ["--version"])?.toString().split("\n")[0];
}

/** Whether a clang was built with the target: some systems' were not. */
function hasTarget(program: string): boolean {
  return outputOf(program, ["--print-targets"])?.toString().includes("wasm32") === true;
}

/** `clang-19` links with `wasm-ld-19`, where there is one. */
function linkerOf(compiler: string): string | undefined {
  const suffix = /clang(-\d+)$/.exec(basename(compiler))?.[1] ?? "";
  const folder = compiler.includes("/") ? `${dirname(compiler)}/` : "";
  const candidates = [`${folder}wasm-ld${suffix}`, `wasm-ld${suffix}`, "wasm-ld"];
  return candidates.find((name) => versionOf(name) !== undefined);
}

/** Writes files into a new folder, works there, and removes it. */
async function inFolder(
  files: ReadonlyMap<string, Uint8Array | string>,
  output: string,
  work: (folder: string) => Promise<{ ok: boolean; log: string }>,
): Promise<ToolResult> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-upstream-"));
  try {
    for (const [path, content] of files) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const { ok, log } = await work(folder);
    return { ok, log, output: ok ? readFileSync(join(folder, output)) : undefined };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A clang of this machine: ten times as fast as the one from npm.
 *
 * @param program - its name or path.
 * @throws CompilerError if it cannot compile and link for WebAssembly.
 */
export function systemCompiler(program: string): WasmCompiler {
  const version = versionOf(program);
  if (version === undefined) throw new CompilerError(`${program} cannot be run`);
  if (!version.includes("clang")) throw new CompilerError(`${program} is no clang: ${version}`);
  if (!hasTarget(program))
    throw new CompilerError(`${program} was built without the target wasm32`);
  const linker = linkerOf(program);
  if (linker === undefined) throw new CompilerError(`no wasm-ld beside ${program}: install lld`);
  return {
    id: `${version} + ${versionOf(linker)}`,
    compile: (flags, path, tree) =>
      inFolder(tree, "out.o", (folder) =>
        runProgram(program, [...flags, "-c", path, "-o", "out.o"], folder),
      ),
    link: (flags, objects) =>
      inFolder(objects, "out.wasm", (folder) =>
        runProgram(linker, [...flags, ...objects.keys(), "-o", "out.wasm"], folder),
      ),
  };
}

/** The first clang of this machine that can do it; undefined if none can. */
export function findSystemCompiler(): WasmCompiler | undefined {
  for (const name of names) {
    try {
      return systemCompiler(name);
    } catch (error) {
      if (!(error instanceof CompilerError)) throw error;
    }
  }
  return undefined;
}

/** A clang of this machine, else the one from npm. */
export async function defaultCompiler(): Promise<WasmCompiler> {
  return findSystemCompiler() ?? yowaspCompiler();
}
