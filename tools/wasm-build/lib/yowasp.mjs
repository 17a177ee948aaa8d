// SPDX-License-Identifier: MIT
// The default compiler: clang and wasm-ld as WebAssembly, from npm, the same on every machine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
import { BuildError } from "./errors.mjs";

const NAME = "@yowasp/clang";

function versionOf() {
  try {
    const entry = createRequire(import.meta.url).resolve(NAME);
    return JSON.parse(readFileSync(entry.replace(/gen\/bundle\.js$/, "package.json"), "utf8"))
      .version;
  } catch (cause) {
    throw new BuildError(
      `${NAME} is not installed: run npm ci, or use --compiler clang-19 (${cause.code})`,
    );
  }
}

/**
 * The compiler's file system does not know `..`: includes that climb are given by their whole path,
 * on the same line.
 */
function withoutClimbing(path, text) {
  return text.replace(
    /^([ \t]*#[ \t]*include[ \t]+)"(\.\.\/[^"\n]+)"/gm,
    (_, include, name) => `${include}"${posix.join(posix.dirname(path), name)}"`,
  );
}

/** Files by path as the nested folders that the compiler's file system is made from. */
function treeOf(files) {
  const tree = {};
  for (const [path, content] of files) {
    const names = path.split("/");
    const last = names.pop();
    let folder = tree;
    for (const name of names) {
      folder[name] ??= {};
      folder = folder[name];
    }
    folder[last] = content;
  }
  return tree;
}

/** Loads once, then runs tools one after the other, each on a file system of its own. */
class Llvm {
  #tools;

  async run(args, files) {
    this.#tools ??= await this.#load();
    const log = [];
    const decoder = new TextDecoder();
    const collect = (bytes) => {
      if (bytes) log.push(decoder.decode(bytes, { stream: true }));
    };
    const options = {
      stdout: collect,
      stderr: collect,
      decodeASCII: false,
      synchronously: true,
    };
    try {
      const tree = this.#tools.runLLVM(args, treeOf(files), options);
      return { ok: true, log: log.join(""), tree };
    } catch (cause) {
      if (cause instanceof this.#tools.Exit) return { ok: false, log: log.join(""), tree: {} };
      throw new BuildError(`${NAME}: ${args[0]} broke down: ${cause.message}`);
    }
  }

  async #load() {
    const tools = await import(NAME);
    const quiet = { stdout: null, stderr: null, fetchProgress: () => {} };
    await tools.runLLVM(["clang", "--version"], {}, quiet);
    return tools;
  }
}

/** @returns a compiler: `id` for cache keys, `compile` one source, `link` objects. */
export function yowaspCompiler() {
  const llvm = new Llvm();
  return {
    id: `${NAME} ${versionOf()}`,
    jobs: 1,
    async compile(flags, source, files) {
      const texts = new Map([...files].map(([path, text]) => [path, withoutClimbing(path, text)]));
      const run = await llvm.run(["clang", ...flags, "-I.", "-c", source, "-o", "out.o"], texts);
      return { ok: run.ok, log: run.log, object: run.tree["out.o"] };
    },
    async link(flags, objects) {
      const names = [...objects.keys()];
      const run = await llvm.run(["wasm-ld", ...flags, ...names, "-o", "out.wasm"], objects);
      return { ok: run.ok, log: run.log, module: run.tree["out.wasm"] };
    },
  };
}
