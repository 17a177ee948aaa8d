// SPDX-License-Identifier: MIT

/**
 * Counts a Vitest JSON report.
 *
 * A file that could not be loaded counts as one failure. So does a run that ended badly for a
 * reason that no test shows (an error outside tests, a lost report), and a run in which no test ran.
 */
export function tally(report, status) {
  const files = report?.testResults ?? [];
  const states = files.flatMap((file) => file.assertionResults.map((result) => result.status));
  const count = (...names) => states.filter((state) => names.includes(state)).length;
  const unloaded = files.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = count("passed");
  const broken = count("failed") + unloaded;
  const ran = passed + broken;
  const failed = broken === 0 && (status !== 0 || ran === 0) ? 1 : broken;
  return { passed, failed, skipped: count("skipped", "pending", "todo", "disabled"), ran };
}

/** The line that CI reads. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
