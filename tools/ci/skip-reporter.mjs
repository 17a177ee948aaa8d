// SPDX-License-Identifier: MIT

/** Groups skipped tests by the reason they gave: one line each, the unexplained ones apart. */
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

/** The line about cases of lists that only the full run takes; none if there are none. */
export function sampleLines(skipped) {
  const cases = skipped.reduce((sum, n) => sum + n, 0);
  const files = skipped.filter((n) => n > 0).length;
  if (cases === 0) return [];
  return [`left out: ${cases} cases of long lists in ${files} files (npm run test:full runs them)`];
}

/**
 * Prints what did not run and why: halves that this machine cannot run, parts of the full run, and
 * skipped tests. A test that is skipped without a reason, `context.skip("why")`, fails the run:
 * nobody would see that it does not run.
 */
export class SkipReporter {
  #parts;

  /** @param parts - lines about what was left out before any test was collected. */
  constructor(parts = []) {
    this.#parts = parts;
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
    const sampled = sampleLines(modules.map((module) => module.meta().skippedCases ?? 0));
    const parts = this.vitest.filenamePattern?.length ? [] : this.#parts;
    for (const line of [...parts, ...sampled, ...lines]) console.log(line);
    // With -t everything else is skipped, as asked.
    if (this.vitest.config.testNamePattern || unexplained.length === 0) return;
    for (const name of unexplained) console.error(`skipped without a reason: ${name}`);
    process.exitCode = 1;
  }
}
