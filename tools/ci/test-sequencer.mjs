// SPDX-License-Identifier: MIT
import { BaseSequencer } from "vitest/node";

/** Guests boot, and packages of releases are built: what takes minutes, whatever the size of its file. */
const LONG = [/\/guest|guest\//, /\.full\.test\.ts$/];

/**
 * Where a file comes in a run: 0 first.
 *
 * @param path - of the test file.
 */
export function rankOf(path) {
  const rank = LONG.findIndex((pattern) => pattern.test(path));
  return rank === -1 ? LONG.length : rank;
}

/**
 * Vitest's order, except that a clone that has not measured any file begins with those that take long: the
 * last file of a run leaves the other CPUs idle. Vitest then begins with the files that have most bytes.
 */
export class TestSequencer extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    const measured = ({ project, moduleId }) =>
      this.ctx.cache.getFileTestResults(`${project.name}:${this.#relative(moduleId)}`) !==
      undefined;
    if (sorted.some(measured)) return sorted;
    return sorted.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId));
  }

  #relative(path) {
    return path.slice(this.ctx.config.root.length + 1);
  }
}
