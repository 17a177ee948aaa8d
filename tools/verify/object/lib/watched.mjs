// SPDX-License-Identifier: MIT
import { Worker } from "node:worker_threads";

/** So much of a processor a run may take before it is given up. How busy the machine is does not count. */
const HANGS_MS = 3000;
const LOOK_MS = 200;
const PROGRESS_MS = 10_000;

/** Nothing is begun: packages are loaded. */
const NOT_YET = -1;

/**
 * Makes runs on a thread of their own, so that one that does not come to an end is told like any other
 * finding; the next ones are made by a new thread.
 *
 * @param module - URL of what makes runs: `begin(data)` returns a function that takes the run's number.
 * @param print - gets each finding at once, and a line of progress every ten seconds.
 * @returns what was found, by run, and how many files were read after all.
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
      // What goes wrong before the first run goes wrong again.
      if (run === NOT_YET) throw new Error(wrong);
      add({ run, wrong });
      next = run + 1;
    }
  } finally {
    clearInterval(progress);
  }
  return { found, read: Atomics.load(state, 1) };
}

/** @returns why it ended before the last run; `undefined` if it did not. */
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

/** Looks whether a run goes on and on. */
function hangs(state, patience, resolve) {
  let last = NOT_YET;
  let since = spent();
  return () => {
    const run = Atomics.load(state, 0);
    if (run !== last || run === NOT_YET) {
      last = run;
      since = spent();
    } else if (spent() - since > patience) {
      resolve(`does not come to an end: given up after ${patience} ms of a processor`);
    }
  };
}

/** Of all threads; the one that watches takes next to nothing. */
function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
