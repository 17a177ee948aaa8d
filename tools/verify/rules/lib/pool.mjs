// SPDX-License-Identifier: MIT
// Workers that try mutants. A worker that hangs is terminated; a mutant that hangs counts as
// killed.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Milliseconds for all tests of one mutant: a hundred times the time of the slowest test. */
const PATIENCE = 60_000;

/** A worker that answers one question at a time. */
class Asked {
  #worker;
  #settle = { resolve: undefined, reject: undefined };
  #ready;

  constructor(top) {
    this.#worker = new Worker(new URL("worker.mjs", import.meta.url), { workerData: { top } });
    this.#ready = this.#next();
    this.#worker.on("message", (answer) => this.#settle.resolve(answer));
    this.#worker.on("error", (error) => this.#settle.reject(error));
  }

  #next() {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** @returns the answer, or undefined after a timeout. */
  async ask(question) {
    await this.#ready;
    const answer = this.#next();
    this.#worker.postMessage(question);
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  end() {
    return this.#worker.terminate();
  }
}

/**
 * Tries mutants on all CPUs.
 *
 * @param bytesOf - builds the module of a mutant; may be slow.
 * @param tick - called when a mutant is done.
 * @returns `mutant` with its `killers`, per rule, in the order of the mutants.
 */
export async function tryAll(top, mutants, bytesOf, tick) {
  const results = new Array(mutants.length);
  let next = 0;
  const lane = async () => {
    let worker = new Asked(top);
    try {
      while (next < mutants.length) {
        const at = next++;
        const mutant = mutants[at];
        const bytes = await bytesOf(mutant);
        const answer = await worker.ask({ bytes, wanted: mutant.wanted });
        if (answer === undefined) {
          await worker.end();
          worker = new Asked(top);
        }
        const hangs = { test: "all of its tests", why: `no end within ${PATIENCE / 1000} s` };
        const killers = new Map(answer ?? mutant.wanted.map(([rule]) => [rule, hangs]));
        results[at] = { mutant, killers };
        tick();
      }
    } finally {
      // an error in a build ends the run, so no worker may keep the process alive
      await worker.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, lane));
  return results;
}
