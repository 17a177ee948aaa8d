// SPDX-License-Identifier: MIT
// A worker thread with its own clang: the tools run synchronously, so each needs a thread.
import { parentPort, workerData } from "node:worker_threads";

/** Converts files by path to the nested folders of the compiler's file system. */
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

const { runLLVM, Exit } = await import(workerData.module);
await runLLVM(["clang", "--version"], {}, { stdout: null, stderr: null, fetchProgress: () => {} });

/** Runs one tool on its own file system and returns the file `output`. */
function run({ args, files, output }) {
  const log = [];
  const decoder = new TextDecoder();
  const collect = (bytes) => {
    if (bytes) log.push(decoder.decode(bytes, { stream: true }));
  };
  const options = { stdout: collect, stderr: collect, decodeASCII: false, synchronously: true };
  try {
    const tree = runLLVM(args, treeOf(files), options);
    return { ok: true, log: log.join(""), output: tree[output] };
  } catch (cause) {
    if (cause instanceof Exit) return { ok: false, log: log.join("") };
    return { broken: String(cause?.message ?? cause) };
  }
}

parentPort.on("message", (work) => parentPort.postMessage(run(work)));
