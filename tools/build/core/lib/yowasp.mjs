// SPDX-License-Identifier: MIT
// The default compiler: clang and wasm-ld as WebAssembly from npm, identical on every machine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { posix } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
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
 * The compiler's file system does not support `..`, so this rewrites such includes to full paths on
 * the same line.
 */
function withoutClimbing(path, text) {
  return text.replace(
    /^([ \t]*#[ \t]*include[ \t]+)"(\.\.\/[^"\n]+)"/gm,
    (_, include, name) => `${include}"${posix.join(posix.dirname(path), name)}"`,
  );
}

/** The next message of a worker, or the reason why it stopped. */
function nextAnswer(worker) {
  return new Promise((resolve) => {
    const end = (answer) => {
      worker.off("message", end);
      worker.off("error", fail);
      worker.off("exit", gone);
      resolve(answer);
    };
    const fail = (cause) => end({ broken: cause.message });
    const gone = () => end({ broken: "its thread ended" });
    worker.on("message", end);
    worker.on("error", fail);
    worker.on("exit", gone);
  });
}

/** A pool of worker threads with one compiler each; a worker runs one task at a time. */
class Pool {
  #idle = [];

  async run(args, files, output) {
    const worker = this.#idle.pop() ?? this.#start();
    worker.ref();
    worker.postMessage({ args, files, output });
    const answer = await nextAnswer(worker);
    // An idle worker must not keep the process alive.
    worker.unref();
    if (answer.broken !== undefined) {
      throw new BuildError(`${NAME}: ${args[0]} broke down: ${answer.broken}`);
    }
    this.#idle.push(worker);
    return answer;
  }

  #start() {
    const url = new URL("./yowasp-worker.mjs", import.meta.url);
    return new Worker(url, { workerData: { module: import.meta.resolve(NAME) } });
  }
}

/** @returns a compiler: `id` for cache keys, `compile` for one source, `link` for objects. */
export function yowaspCompiler() {
  // V8 would optimise the compiler for longer than the sources take with its first code.
  setFlagsFromString("--wasm-tiering-budget=1000000000");
  const pool = new Pool();
  return {
    id: `${NAME} ${versionOf()}`,
    // Each worker takes a third of a gigabyte.
    jobs: Math.min(availableParallelism(), 4),
    async compile(flags, source, files) {
      const texts = new Map([...files].map(([path, text]) => [path, withoutClimbing(path, text)]));
      const args = ["clang", ...flags, "-I.", "-c", source, "-o", "out.o"];
      const { ok, log, output } = await pool.run(args, texts, "out.o");
      return { ok, log, object: output };
    },
    async link(flags, objects) {
      const args = ["wasm-ld", ...flags, ...objects.keys(), "-o", "out.wasm"];
      const { ok, log, output } = await pool.run(args, objects, "out.wasm");
      return { ok, log, module: output };
    },
  };
}
