// SPDX-License-Identifier: MIT
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import {
  type WasmCompiler,
  type YowaspClang,
  type YowaspTree,
  yowaspCompiler,
} from "../compiler.js";
import { sizeText } from "./run.js";
import type { CompilerLimits } from "./system-compiler.js";

/** Runs in the thread. The tools run synchronously, so only the end of the thread ends them. */
const CODE = `
const { parentPort, workerData } = require("node:worker_threads");
const clang = import(workerData);
parentPort.on("message", async ({ args, files, most }) => {
  let log = "";
  const decoder = new TextDecoder();
  const collect = (bytes) => {
    if (bytes !== null && log.length < most) log += decoder.decode(bytes, { stream: true });
  };
  const options = { stdout: collect, stderr: collect, decodeASCII: false, fetchProgress: () => {} };
  const { runLLVM, Exit } = await clang;
  try {
    parentPort.postMessage({ kind: "tree", tree: await runLLVM(args, files, options), log });
  } catch (error) {
    const kind = error instanceof Exit ? "exit" : "failure";
    parentPort.postMessage({ kind, message: String(error && error.message), log });
  }
});
`;

interface Answer {
  readonly kind: "tree" | "exit" | "failure";
  readonly tree?: YowaspTree;
  readonly message?: string;
  readonly log?: string;
}

/** The compiler refused its input. */
class Exit extends Error {}

const MOST_LOG = 1 << 22;
/** The first run loads 98 MB. */
const LOADING_SECONDS = 300;

/** Runs the tools in a thread, one at a time, and ends the thread when a run exceeds its limits. */
class Thread {
  readonly #seconds: number;
  readonly #bytes: number;
  readonly #url: string;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ seconds = 60, bytes = 2 ** 31 }: CompilerLimits) {
    this.#seconds = seconds;
    this.#bytes = bytes;
    this.#url = pathToFileURL(createRequire(import.meta.url).resolve("@yowasp/clang")).href;
  }

  run(args: readonly string[], files: YowaspTree): Promise<Answer> {
    const next = this.#last.then(() => this.#run(args, files));
    this.#last = next.catch(() => {});
    return next;
  }

  async #run(args: readonly string[], files: YowaspTree): Promise<Answer> {
    if (this.#worker === undefined) {
      const worker = new Worker(CODE, { eval: true, workerData: this.#url });
      this.#worker = worker;
      const loaded = await this.#ask(worker, ["clang", "--version"], {}, LOADING_SECONDS);
      if (loaded.kind !== "tree") return loaded;
    }
    return this.#ask(this.#worker, args, files, this.#seconds);
  }

  #ask(
    worker: Worker,
    args: readonly string[],
    files: YowaspTree,
    seconds: number,
  ): Promise<Answer> {
    worker.ref();
    const started = performance.now();
    const cpu = process.cpuUsage();
    const before = process.memoryUsage.rss();
    return new Promise((resolve) => {
      const done = (answer: Answer): void => {
        clearInterval(timer);
        worker.off("message", done);
        worker.off("error", fail);
        // An idle thread must not keep the process alive.
        worker.unref();
        resolve(answer);
      };
      const fail = ({ message }: Error): void => {
        this.#worker = undefined;
        done({ kind: "failure", message });
      };
      const end = (what: string): void => {
        this.#worker = undefined;
        done({ kind: "exit", log: `error: ${args[0]} ${what}` });
        worker.terminate().catch(() => {});
      };
      const timer = setInterval(() => {
        const wall = (performance.now() - started) / 1000;
        const { user } = process.cpuUsage(cpu);
        // A busy machine may need five times as long.
        if (wall > seconds * 5 || (wall > seconds && user / 1e6 > seconds / 5))
          end(`did not answer within ${seconds} s`);
        else if (process.memoryUsage.rss() - before > this.#bytes) {
          end(`needs more than ${sizeText(this.#bytes)} of memory`);
        }
      }, 50);
      worker.on("message", done);
      worker.on("error", fail);
      worker.postMessage({ args, files, most: MOST_LOG });
    });
  }
}

/**
 * Returns the compiler from npm in a thread of its own, so that it can be ended.
 *
 * @param limits - a run that exceeds them is ended and does not compile.
 * @throws CompilerError if `@yowasp/clang` is not installed or fails.
 * @example
 * ```ts
 * const { module } = await buildUpstream(files, { compiler: await threadedYowaspCompiler() });
 * ```
 */
export function threadedYowaspCompiler(limits: CompilerLimits = {}): Promise<WasmCompiler> {
  return yowaspCompiler({
    load: async (): Promise<YowaspClang> => {
      const thread = new Thread(limits);
      return {
        Exit,
        runLLVM: async (args = [], files = {}, options = {}) => {
          const { kind, tree, message, log = "" } = await thread.run(args, files);
          options.stderr?.(new TextEncoder().encode(log));
          if (kind === "exit") throw new Exit();
          if (kind === "failure") throw new Error(message);
          return tree ?? {};
        },
      };
    },
  });
}
