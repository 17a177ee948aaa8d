// SPDX-License-Identifier: MIT
// The worker thread of watched.mjs: makes runs and publishes the number of the current one.
import { parentPort, workerData } from "node:worker_threads";

const { module, data, from, end, shared } = workerData;
const state = new Int32Array(shared);
const { begin } = await import(module);
const attempt = begin(data);
for (let run = from; run < end; run++) {
  Atomics.store(state, 0, run);
  const { wrong, read } = attempt(run);
  if (wrong !== undefined) parentPort.postMessage({ run, wrong });
  if (read) Atomics.add(state, 1, 1);
}
Atomics.store(state, 0, end);
