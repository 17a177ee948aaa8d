// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type ToolResult, type WasmCompiler, yowaspCompiler } from "../compiler.js";
import { CompilerError } from "../errors.js";
import { outputOf, type ProgramLimits, runProgram } from "./run.js";

const versions = [21, 20, 19, 18, 17];
/** Names of installed clangs; the one without a version comes first. */
const names = ["clang", ...versions.map((version) => `clang-${version}`)];

/** Enough for a file of a kernel, with a hundredfold reserve. */
const limits: ProgramLimits = { seconds: 60, bytes: 2 ** 31, output: 1 << 22 };

function versionOf(program: string): string | undefined {
  return outputOf(program, ["--version"])?.toString().split("\n")[0];
}

/** Some distributions build clang without the WebAssembly target. */
function hasTarget(program: string): boolean {
  return outputOf(program, ["--print-targets"])?.toString().includes("wasm32") === true;
}

/** `clang-19` links with `wasm-ld-19` if it exists. */
function linkerOf(compiler: string): string | undefined {
  const suffix = /clang(-\d+)$/.exec(basename(compiler))?.[1] ?? "";
  const folder = compiler.includes("/") ? `${dirname(compiler)}/` : "";
  const candidates = [`${folder}wasm-ld${suffix}`, `wasm-ld${suffix}`, "wasm-ld"];
  return candidates.find((name) => versionOf(name) !== undefined);
}

/** Writes files into a new folder, runs `work` in it, and removes it. */
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
 * Returns an installed clang as compiler. It is ten times as fast as the one from npm.
 *
 * @param program - its name or path.
 * @throws CompilerError if it cannot compile and link for WebAssembly.
 * @example
 * ```ts
 * const compiler = systemCompiler("clang-19");
 * ```
 */
export function systemCompiler(program: string): WasmCompiler {
  const version = versionOf(program);
  if (version === undefined) throw new CompilerError(`${program} cannot be run`);
  if (!version.includes("clang")) throw new CompilerError(`${program} is not clang: ${version}`);
  if (!hasTarget(program))
    throw new CompilerError(`${program} was built without the wasm32 target`);
  const linker = linkerOf(program);
  if (linker === undefined)
    throw new CompilerError(`no wasm-ld is installed for ${program}. Fix: install lld`);
  return {
    id: `${version} + ${versionOf(linker)}`,
    compile: (flags, path, tree) =>
      inFolder(tree, "out.o", (folder) =>
        runProgram(program, [...flags, "-c", path, "-o", "out.o"], { limits, cwd: folder }),
      ),
    link: (flags, objects) =>
      inFolder(objects, "out.wasm", (folder) =>
        runProgram(linker, [...flags, ...objects.keys(), "-o", "out.wasm"], {
          limits,
          cwd: folder,
        }),
      ),
  };
}

/**
 * Returns the first installed clang that supports WebAssembly; undefined if there is none.
 *
 * @example
 * ```ts
 * const compiler = findSystemCompiler() ?? (await yowaspCompiler());
 * ```
 */
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

/**
 * Returns an installed clang, or the compiler from npm if there is none.
 *
 * @example
 * ```ts
 * const { module } = await buildUpstream(files, { compiler: await defaultCompiler() });
 * ```
 */
export async function defaultCompiler(): Promise<WasmCompiler> {
  return findSystemCompiler() ?? yowaspCompiler();
}
