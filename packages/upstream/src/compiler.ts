// SPDX-License-Identifier: MIT
import { CompilerError } from "./errors.js";

/** The result of a compiler or linker run. */
export interface ToolResult {
  readonly ok: boolean;
  /** Everything the tool printed. */
  readonly log: string;
  /** The output file; undefined if the tool failed. */
  readonly output: Uint8Array | undefined;
}

/** A clang with wasm-ld. Implement it to compile with another toolchain. */
export interface WasmCompiler {
  /** Name and version, used in cache keys. */
  readonly id: string;
  /** Compiles one file of a tree to a relocatable object. `path` is the file's path in the tree. */
  compile(
    flags: readonly string[],
    path: string,
    tree: ReadonlyMap<string, Uint8Array | string>,
  ): Promise<ToolResult>;
  /** Links objects to a module. `objects` maps names to contents, in link order. */
  link(flags: readonly string[], objects: ReadonlyMap<string, Uint8Array>): Promise<ToolResult>;
}

/** A directory tree in the format of `@yowasp/clang`. */
export interface YowaspTree {
  [name: string]: YowaspTree | string | Uint8Array;
}

/** The part of the API of `@yowasp/clang` that this package uses. */
export interface YowaspClang {
  runLLVM(
    args?: string[],
    files?: YowaspTree,
    options?: {
      stdout?: ((bytes: Uint8Array | null) => void) | null;
      stderr?: ((bytes: Uint8Array | null) => void) | null;
      decodeASCII?: boolean;
      fetchProgress?: (event: { totalLength: number; doneLength: number }) => void;
    },
  ): Promise<YowaspTree> | YowaspTree | undefined;
  readonly Exit: new (...args: never[]) => Error;
}

const PACKAGE = "@yowasp/clang";

/** Options of {@link yowaspCompiler}. */
export interface YowaspOptions {
  /** Returns the package. Default: imports it by name. */
  readonly load?: () => Promise<YowaspClang>;
  /** Receives the progress of loading the compiler, in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Returns the compiler from npm: clang as WebAssembly. It runs in Node and browsers on every system
 * and needs no root. The first run loads 98 MB and takes a second or more.
 *
 * @throws CompilerError if `@yowasp/clang` is not installed or fails.
 * @example
 * ```ts
 * const compiler = await yowaspCompiler({ onProgress: (done, total) => console.log(done / total) });
 * ```
 */
export async function yowaspCompiler(options: YowaspOptions = {}): Promise<WasmCompiler> {
  const { load = () => import("@yowasp/clang"), onProgress } = options;
  let clang: YowaspClang;
  try {
    clang = await load();
  } catch (cause) {
    throw new CompilerError(
      `no compiler is installed. Fix: npm install ${PACKAGE}, or install clang and lld`,
      { cause },
    );
  }
  const tool = (args: string[], files: YowaspTree, output: string): Promise<ToolResult> =>
    run(clang, args, files, output, onProgress);
  const version = await tool(["clang", "--version"], {}, "");
  const id = `${PACKAGE} ${/version (\S+)/.exec(version.log)?.[1] ?? "of unknown version"}`;
  return {
    id,
    compile: (flags, path, tree) =>
      tool(["clang", ...flags, "-c", path, "-o", "out.o"], treeOf(tree), "out.o"),
    link: (flags, objects) =>
      tool(["wasm-ld", ...flags, ...objects.keys(), "-o", "out.wasm"], treeOf(objects), "out.wasm"),
  };
}

async function run(
  clang: YowaspClang,
  args: string[],
  files: YowaspTree,
  output: string,
  onProgress: YowaspOptions["onProgress"],
): Promise<ToolResult> {
  const decoder = new TextDecoder();
  let log = "";
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null) log += decoder.decode(bytes, { stream: true });
  };
  try {
    const tree = await clang.runLLVM(args, files, {
      stdout: collect,
      stderr: collect,
      decodeASCII: false,
      fetchProgress: ({ doneLength, totalLength }) => onProgress?.(doneLength, totalLength),
    });
    const made = tree?.[output];
    return { ok: true, log, output: made instanceof Uint8Array ? made : undefined };
  } catch (cause) {
    if (cause instanceof clang.Exit) return { ok: false, log, output: undefined };
    throw new CompilerError(`${PACKAGE}: ${args[0]} failed: ${String(cause)}`, { cause });
  }
}

function treeOf(files: ReadonlyMap<string, Uint8Array | string>): YowaspTree {
  const top: YowaspTree = {};
  for (const [path, content] of files) {
    const names = path.split("/");
    const last = names.pop() ?? path;
    let folder = top;
    for (const name of names) {
      folder[name] ??= {};
      folder = folder[name] as YowaspTree;
    }
    folder[last] = content;
  }
  return top;
}
