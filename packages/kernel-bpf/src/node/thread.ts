// SPDX-License-Identifier: GPL-2.0-only
import { Worker } from "node:worker_threads";
import type { StartWorker } from "../worker.js";

/**
 * Starts a thread of Node from a module, for a `LimitedWorker`.
 *
 * @example
 * ```ts
 * const worker = new LimitedWorker(nodeWorker(new URL("./worker.js", import.meta.url)));
 * ```
 */
export function nodeWorker(url: URL | string): StartWorker {
  return (listener) => {
    // Options of this process may select sources that Node cannot load.
    const worker = new Worker(url, { execArgv: [] });
    worker.on("message", (data) => listener.message(data));
    worker.on("error", (error) => listener.failed(error));
    worker.on("exit", (code) => listener.failed(new Error(`the thread ended with ${code}`)));
    // Without a request the thread must not keep the process alive.
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => void worker.terminate(),
    };
  };
}
