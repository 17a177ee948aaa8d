// SPDX-License-Identifier: MIT
import { DefaultReporter } from "vitest/node";
import { Progress } from "../lib/progress.mjs";

/** Above this number of files, a line per file is too much. */
const FEW = 20;

/**
 * Vitest's default reporter, except that a run of many files prints only failed files and the
 * progress: Vitest's summary in a terminal, else a line every five seconds.
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

  onTestRunEnd(...args) {
    this.#progress?.end();
    super.onTestRunEnd(...args);
  }
}
