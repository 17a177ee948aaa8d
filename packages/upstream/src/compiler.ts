// SPDX-License-Identifier: MIT
import { CompilerError } from "./errors.js";

/** What a tool of the compiler came to. */
export interface ToolResult {
  readonly ok: boolean;
  /** What it printed. */
  readonly log: string;
  /** The file that it made, if it did. */
  readonly output: Uint8Array | undefined;
}

/** A clang with a wasm-ld. */
export interface WasmCompiler {
  /** Its name and version: part of the keys of caches. */
  readonly id: string;
  /** Compiles one file of a tree, given by path, to a relocatable object. */
  compile(
    flags: readonly string[],
    path: string,
    tree: ReadonlyMap<string, Uint8Array | string>,
  ): Promise<ToolResult>;
  /** Links objects, given by name in their order, to a module. */
  link(flags: readonly string[], objects: ReadonlyMap<string, Uint8Array>): Promise<ToolResult>;
}

/** Files in folders, as the npm compiler takes them. */
export interface YowaspTree {
  [name: string]: YowaspTree | string | Uint8Array;
}

/** The part of `@yowasp/clang` that is used. */
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

/** How the compiler from npm is had. */
export interface YowaspOptions {
  /** Gives the package; by default it is imported by its name. */
  readonly load?: () => Promise<YowaspClang>;
  /** Told, while the compiler itself is loaded, how many of its bytes are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The compiler from npm: clang as WebAssembly, for Node and browsers, without root, the same on
 * every system. The first run loads 98 MB and takes a second or more.
 *
 * @throws CompilerError if it is not installed, or breaks down.
 */
export async function yowaspCompiler(options: YowaspOptions = {}): Promise<WasmCompiler> {
  const { load = () => import("@yowasp/clang"), onProgress } = options;
  let clang: YowaspClang;
  try {
    clang = await load();
  } catch (cause) {
    throw new CompilerError(
      `no compiler: install ${PACKAGE} (npm install ${PACKAGE}), or clang and lld`,
      { cause },
    );
  }
  const tool = (args: string[], files: YowaspTree, output: string): Promise<ToolResult> =>
    run(clang, args, files, output, onProgress);
  const version = await tool(["clang", "--version"], {}, "");
  const id = `${PACKAGE} ${/version (\S+)/.exec(version.log)?.[1] ?? "of no known version"}`;
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
    throw new CompilerError(`${PACKAGE}: ${args[0]} broke down: ${String(cause)}`, { cause });
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
