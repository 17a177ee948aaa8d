// SPDX-License-Identifier: MIT
import { DefaultReporter } from "vitest/node";
import { Progress } from "../lib/progress.mjs";

/** Above this number of files, a line per file is too much. */
const FEW = 20;

/** How many files a log names. */
const SLOWEST = 25;

/**
 * The files that took the most, a line each.
 *
 * @param what - what they took: a time that passed, or CPU time.
 * @param files - the path of each file, and the time in milliseconds.
 */
export function slowLines(what, files) {
  const seconds = (time) => `${Math.round(time / 1000)} s`;
  const all = files.reduce((sum, { time }) => sum + time, 0);
  const slowest = [...files].sort((a, b) => b.time - a.time).slice(0, SLOWEST);
  const theirs = slowest.reduce((sum, { time }) => sum + time, 0);
  return [
    `${what}: ${slowest.length} of ${files.length} files took ${seconds(theirs)} of ${seconds(all)}:`,
    ...slowest.map(({ path, time }) => `  ${seconds(time).padStart(6)}  ${path}`),
  ];
}

/**
 * Vitest's default reporter, except that a run of many files prints only failed files and the
 * progress: Vitest's summary in a terminal, else a line every five seconds and the slowest files.
 */
export class TestReporter extends DefaultReporter {
  #many = false;
  #progress;
  #files = 0;
  #passed = 0;
  #failed = 0;

  onTestRunStart(specifications) {
    super.onTestRunStart(specifications);
    const all = specifications.length;
    this.#many = all > FEW;
    if (!this.#many || this.isTTY) return;
    const text = () =>
      `tests: ${this.#files} of ${all} files, ${this.#passed} passed, ${this.#failed} failed`;
    this.#progress = new Progress(text, { out: process.stdout });
  }

  onTestCaseResult(test) {
    super.onTestCaseResult(test);
    const { state } = test.result();
    if (state === "passed") this.#passed++;
    if (state === "failed") this.#failed++;
  }

  onTestModuleEnd(module) {
    this.#files++;
    super.onTestModuleEnd(module);
  }

  printTestModule(module) {
    if (!this.#many || module.state() === "failed") super.printTestModule(module);
  }

  onTestRunEnd(modules, ...args) {
    this.#progress?.end();
    super.onTestRunEnd(modules, ...args);
    if (this.#progress === undefined) return;
    const timed = (time) =>
      modules.map((module) => ({
        path: `${module.project.name}  ${module.relativeModuleId}`,
        time: time(module) ?? 0,
      }));
    const lines = [
      ...slowLines(
        "time of tests",
        timed((module) => module.diagnostic().duration),
      ),
      ...slowLines(
        "CPU time in Node and its processes",
        timed((module) => module.meta().cpu),
      ),
    ];
    for (const line of lines) console.log(line);
  }
}
