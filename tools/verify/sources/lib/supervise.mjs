// SPDX-License-Identifier: MIT
// Starts the worker, gives it runs, and looks at what a run uses and leaves.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createBait, recordsReads } from "./bait.mjs";
import { createTemplate } from "./git.mjs";
import { HANG_SECONDS, MEGABYTES } from "./limits.mjs";
import { processesWith } from "./processes.mjs";

const LOOK_MS = 250;
const PROGRESS_MS = 10_000;
/** A new process after so many runs, because peaks of memory belong to the whole process. */
const RUNS_OF_A_WORKER = 250;

/**
 * Makes runs.
 *
 * @param asked - `runs`, `seed`, `from`, `seconds`, `kind`.
 * @param print - called for each finding, and for a progress line every ten seconds.
 * @param options - for tests: `worker`, the URL of the worker; `hangSeconds`, for {@link HANG_SECONDS}.
 * @returns the findings by run, the number of runs, the answers with their numbers, and the largest
 *   memory of a process.
 */
export async function supervise(asked, print, options = {}) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "bpf-token-sources-")));
  try {
    return await new Supervisor(top, asked, print, options).makeAll();
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

class Supervisor {
  #worker;
  #runsOfWorker = 0;
  #megabytes = 0;
  #found = [];
  #answers = new Map();

  constructor(top, asked, print, { worker, hangSeconds = HANG_SECONDS }) {
    this.worker = worker ?? new URL("worker.mjs", import.meta.url);
    this.hangSeconds = hangSeconds;
    const names = ["outside", "template", "temporary"];
    const [outside, template, temporary] = names.map((name) => join(top, name));
    for (const folder of [outside, template, temporary]) mkdirSync(folder);
    this.asked = asked;
    this.print = print;
    this.temporary = temporary;
    this.mark = `BPF_TOKEN_SOURCES=${top}`;
    const bait = createBait(outside);
    if (!recordsReads(bait))
      print(
        "this file system does not record reads, so only contents of files outside are noticed",
      );
    createTemplate(template);
    const { seed, kind } = asked;
    this.data = JSON.stringify({ top, bait, template, seed, kind });
  }

  async makeAll() {
    const { runs, from, seconds } = this.asked;
    const start = performance.now();
    let done = 0;
    const progress = setInterval(() => {
      this.print(`${done} of ${runs} sources, found ${this.#found.length}`);
    }, PROGRESS_MS);
    try {
      for (; done < runs; done++) {
        if (seconds > 0 && performance.now() - start > seconds * 1000) break;
        await this.#make(from + done);
      }
    } finally {
      clearInterval(progress);
      this.#end();
    }
    const megabytes = Math.round(this.#megabytes);
    return { found: this.#found, runs: done, answers: this.#answers, megabytes };
  }

  async #make(run) {
    this.#worker ??= await this.#start();
    const { answer, about, problems } = await this.#ask(run);
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
    problems.push(...(await this.#left()));
    for (const wrong of problems) {
      this.#found.push({ run, wrong });
      this.print(`run ${run}: ${about}: ${wrong}`);
    }
    if (++this.#runsOfWorker >= RUNS_OF_A_WORKER || problems.length > 0) this.#end();
  }

  async #start() {
    const env = { ...process.env, TMPDIR: this.temporary };
    const [name, value] = this.mark.split("=");
    const worker = fork(fileURLToPath(this.worker), [this.data], {
      env: { ...env, [name]: value },
      // Not the options of a test runner, which would resolve packages to their sources.
      execArgv: [],
    });
    this.#runsOfWorker = 0;
    await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("exit", (code) => reject(new Error(`the worker does not start: ${code}`)));
    });
    worker.removeAllListeners("exit");
    return worker;
  }

  /** Sends a run and waits, up to the limit of time. */
  #ask(run) {
    const worker = this.#worker;
    return new Promise((resolve) => {
      const start = performance.now();
      let peak = 0;
      let about = "the worker";
      const done = (result) => {
        clearInterval(timer);
        worker.removeAllListeners();
        this.#megabytes = Math.max(this.#megabytes, peak);
        if (peak > MEGABYTES) result.problems.push(`used ${Math.round(peak)} MB of memory`);
        resolve(result);
      };
      const ended = (what) => {
        this.#end();
        done({ answer: "undocumented", about, problems: [what] });
      };
      const timer = setInterval(() => {
        const processes = processesWith(this.mark);
        peak = Math.max(peak, ...processes.map(({ megabytes }) => megabytes));
        if (performance.now() - start > this.hangSeconds * 1000) {
          ended(`hangs in ${processes.map(({ name }) => name).join(", ")}`);
        }
      }, LOOK_MS);
      worker.on("message", (message) => {
        if (message.answer === undefined) about = message.about;
        else done(message);
      });
      worker.once("exit", (code, signal) => ended(`ended by ${signal ?? `exit code ${code}`}`));
      worker.send(run);
    });
  }

  /** What a run left: processes, and temporary files. */
  async #left() {
    const worker = this.#worker?.pid;
    const others = () => processesWith(this.mark).filter(({ pid }) => pid !== worker);
    // A process that was killed needs a moment to end.
    for (let n = 0; n < 40 && others().length > 0; n++) await sleep(100);
    const processes = others().map(({ name, pid }) => {
      process.kill(pid, "SIGKILL");
      return `left the process ${name}`;
    });
    const files = readdirSync(this.temporary);
    for (const file of files) rmSync(join(this.temporary, file), { recursive: true, force: true });
    return [...processes, ...files.map((file) => `left the temporary file ${file}`)];
  }

  #end() {
    this.#worker?.removeAllListeners();
    this.#worker?.kill("SIGKILL");
    this.#worker = undefined;
  }
}
