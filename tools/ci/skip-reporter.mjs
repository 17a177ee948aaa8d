// SPDX-License-Identifier: MIT

/** Groups skipped tests by their reason, one line each; tests without a reason are separate. */
export function skipLines(skipped) {
  const groups = new Map();
  for (const test of skipped) {
    groups.set(test.reason, [...(groups.get(test.reason) ?? []), test]);
  }
  const unexplained = groups.get(undefined) ?? [];
  groups.delete(undefined);
  return {
    lines: [...groups].map(([reason, tests]) => `skipped: ${reason} (${count(tests.length)})`),
    unexplained: unexplained.map((test) => test.name),
  };
}

function count(n) {
  return n === 1 ? "1 test" : `${n} tests`;
}

/** The numbers of the lists of a file, added. */
const sum = (lists) => Object.values(lists).reduce((all, count) => all + count, 0);

/**
 * The line about cases of long lists that were skipped; no line if there are none.
 *
 * @param skipped - how many each file skipped.
 * @param full - whether this is the full run, which takes them all in Node, and a part in Chromium.
 */
export function sampleLines(skipped, full = false) {
  const cases = skipped.reduce((sum, n) => sum + n, 0);
  const files = skipped.filter((n) => n > 0).length;
  if (cases === 0) return [];
  const line = `not run: ${cases} cases of long lists in ${files === 1 ? "1 file" : `${files} files`}`;
  return [
    full ? `${line} in Chromium (they ran in Node)` : `${line} (npm run test:full runs them)`,
  ];
}

/**
 * Prints what did not run and why: subjects that this machine does not support, parts of the full
 * run, and skipped tests. A skipped test without a reason (`context.skip("why")`) fails the run, so
 * that no test is skipped unnoticed.
 */
export class SkipReporter {
  #parts;
  #full;

  /**
   * @param parts - lines about files and projects that this run does not include.
   * @param full - whether this is the full run.
   */
  constructor(parts = [], full = false) {
    this.#parts = parts;
    this.#full = full;
  }

  onInit(vitest) {
    this.vitest = vitest;
  }

  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => ({
        name: `${module.relativeModuleId} > ${test.fullName}`,
        reason: test.result().note,
      })),
    );
    const { lines, unexplained } = skipLines(skipped);
    const left = modules.map((module) => sum(module.meta().skippedCases ?? {}));
    const sampled = sampleLines(left, this.#full);
    const parts = this.vitest.filenamePattern?.length ? [] : this.#parts;
    for (const line of [...parts, ...sampled, ...lines]) console.log(line);
    // With -t, Vitest skips all other tests on request.
    if (this.vitest.config.testNamePattern || unexplained.length === 0) return;
    for (const name of unexplained) console.error(`skipped without a reason: ${name}`);
    process.exitCode = 1;
  }
}
