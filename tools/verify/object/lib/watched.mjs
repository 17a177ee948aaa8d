// SPDX-License-Identifier: MIT
import { Worker } from "node:worker_threads";

/**
 * CPU time after which a run counts as hanging; CPU time does not depend on the load of the
 * machine.
 */
const HANGS_MS = 3000;
const LOOK_MS = 200;
const PROGRESS_MS = 10_000;

/** No run has started: the thread still loads packages. */
const NOT_YET = -1;

/**
 * Makes runs on a worker thread, so that a run that hangs is reported like any other finding. A new
 * thread makes the remaining runs.
 *
 * @param module - URL of a module whose `begin(data)` returns a function that takes the run's
 *   number.
 * @param print - called for each finding immediately, and for a progress line every ten seconds.
 * @returns the findings by run, and how many files still parsed.
 */
export async function watched(module, data, { runs, from = 0 }, print, patience = HANGS_MS) {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const found = [];
  const add = (one) => {
    found.push(one);
    print(`run ${one.run}: ${one.wrong}`);
  };
  const start = performance.now();
  const progress = setInterval(() => {
    const done = Math.max(0, Atomics.load(state, 0) - from);
    const speed = (done / (performance.now() - start)) * 1000;
    print(`${done} of ${runs}, ${speed.toFixed(0)} a second, found ${found.length}`);
  }, PROGRESS_MS);
  try {
    const end = from + runs;
    for (let next = from; next < end; ) {
      Atomics.store(state, 0, NOT_YET);
      const about = { module, data, from: next, end, shared: state.buffer };
      const wrong = await oneThread(about, state, add, patience);
      if (wrong === undefined) break;
      const run = Atomics.load(state, 0);
      // An error before the first run would occur again.
      if (run === NOT_YET) throw new Error(wrong);
      add({ run, wrong });
      next = run + 1;
    }
  } finally {
    clearInterval(progress);
  }
  return { found, read: Atomics.load(state, 1) };
}

/** @returns why the thread ended before the last run, or `undefined`. */
async function oneThread(workerData, state, add, patience) {
  const thread = new Worker(new URL("thread.mjs", import.meta.url), { workerData });
  thread.on("message", add);
  let watch;
  try {
    return await new Promise((resolve) => {
      thread.on("error", (error) => resolve(`the thread ended: ${error?.stack ?? error}`));
      thread.on("exit", () => resolve(undefined));
      watch = setInterval(hangs(state, patience, resolve), LOOK_MS);
    });
  } finally {
    clearInterval(watch);
    await thread.terminate();
  }
}

/** Checks whether a run hangs. */
function hangs(state, patience, resolve) {
  let last = NOT_YET;
  let since = spent();
  return () => {
    const run = Atomics.load(state, 0);
    if (run !== last || run === NOT_YET) {
      last = run;
      since = spent();
    } else if (spent() - since > patience) {
      resolve(`hangs: stopped after ${patience} ms of CPU time`);
    }
  };
}

/** CPU time of all threads; the watching thread uses almost none. */
function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
