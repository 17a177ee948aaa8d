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

/**
 * Prints why tests were skipped. A test that is skipped without a reason, `context.skip("why")`,
 * fails the run: nobody would see that it does not run.
 */
export class SkipReporter {
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
    for (const line of lines) console.log(line);
    // With -t everything else is skipped, as asked.
    if (this.vitest.config.testNamePattern || unexplained.length === 0) return;
    for (const name of unexplained) console.error(`skipped without a reason: ${name}`);
    process.exitCode = 1;
  }
}
