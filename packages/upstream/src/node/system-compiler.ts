// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ToolResult, WasmCompiler } from "../compiler.js";
import { CompilerError } from "../errors.js";
import { confinement } from "./confinement.js";
import { outputOf, type ProgramLimits, runProgram, sizeText } from "./run.js";
import { withTemporaryFolder } from "./temporary-folder.js";
import { threadedYowaspCompiler } from "./threaded-yowasp.js";

const versions = [21, 20, 19, 18, 17];
/** Names of installed clangs; the one without a version comes first. */
const names = ["clang", ...versions.map((version) => `clang-${version}`)];

/** What one run of a compiler or linker may use. */
export interface CompilerLimits {
  /** Duration in seconds. Default 60. */
  readonly seconds?: number;
  /** Memory in bytes. Default 2 GiB. */
  readonly bytes?: number;
}

/** Enough for a file of a kernel, with a hundredfold reserve. */
const usual = { seconds: 60, bytes: 2 ** 31, output: 1 << 22, file: 2 ** 28 };

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

/** A program to run on some files. */
interface Tool {
  readonly program: string;
  /** Arguments for the folder that contains `tree`, the files. */
  readonly args: (folder: string) => readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly limits: ProgramLimits;
}

/** The linker puts this name before the names of functions. */
const OUTPUT = "out.wasm";

/** Writes files into a new folder, runs the tool in it, and removes it. */
function runTool({ program, args, files, limits }: Tool): Promise<ToolResult> {
  return withTemporaryFolder(async (folder) => {
    const tree = join(folder, "tree");
    for (const [path, content] of files) {
      mkdirSync(join(tree, dirname(path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    const output = join(folder, OUTPUT);
    const [command = program, ...words] = [...confinement(program, folder, tree), program];
    const env = { ...process.env, TMPDIR: folder };
    const run = await runProgram(command, [...words, ...args(folder), "-o", output], {
      limits,
      cwd: tree,
      env,
    });
    const exceeded = run.exceeded ?? outOfMemory(run.log, limits);
    const log = exceeded === undefined ? run.log : `error: ${basename(program)} ${exceeded}`;
    return { ok: run.ok, log, output: run.ok ? readFileSync(output) : undefined };
  });
}

function outOfMemory(log: string, { bytes }: ProgramLimits): string | undefined {
  if (bytes === undefined || !/\bout of memory\b|\bbad_alloc\b/i.test(log)) return undefined;
  return `needs more than ${sizeText(bytes)} of memory`;
}

/**
 * Writes the description of a file system that contains only the tree and clang's own headers, and
 * returns the flag for it.
 */
function onlyTree(folder: string, resources: string): string {
  const roots = [join(folder, "tree"), join(resources, "include")].map((path) => {
    return { type: "directory-remap", name: path, "external-contents": path };
  });
  const overlay = { version: 0, "use-external-names": false, fallthrough: false, roots };
  const file = join(folder, "files.json");
  writeFileSync(file, JSON.stringify(overlay));
  return `-ivfsoverlay${file}`;
}

/**
 * Returns an installed clang as compiler. It is ten times as fast as the one from npm.
 *
 * A run that exceeds its limits is ended and does not compile. It sees only the given files and clang's own headers; if
 * bubblewrap is installed and user namespaces are available, it also has its own namespaces.
 *
 * @param program - its name or path.
 * @throws CompilerError if it cannot compile and link for WebAssembly.
 * @example
 * ```ts
 * const compiler = systemCompiler("clang-19");
 * ```
 */
export function systemCompiler(program: string, limits: CompilerLimits = {}): WasmCompiler {
  const version = versionOf(program);
  if (version === undefined) throw new CompilerError(`${program} cannot be run`);
  if (!version.includes("clang")) throw new CompilerError(`${program} is not clang: ${version}`);
  if (!hasTarget(program))
    throw new CompilerError(`${program} was built without the wasm32 target`);
  const linker = linkerOf(program);
  if (linker === undefined)
    throw new CompilerError(`no wasm-ld is installed for ${program}. Fix: install lld`);
  const resources = outputOf(program, ["-print-resource-dir"])?.toString().trim() ?? "";
  return {
    id: `${version} + ${versionOf(linker)}`,
    compile: (flags, path, files) =>
      runTool({
        program,
        files,
        limits: { ...usual, ...limits },
        args: (folder) => [
          ...flags,
          onlyTree(folder, resources),
          "-fno-crash-diagnostics",
          ...["-c", path],
        ],
      }),
    link: (flags, files) =>
      runTool({
        program: linker,
        files,
        limits: { ...usual, ...limits },
        args: () => [...flags, ...files.keys()],
      }),
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
  return findSystemCompiler() ?? threadedYowaspCompiler();
}
