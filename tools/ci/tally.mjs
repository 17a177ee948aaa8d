// SPDX-License-Identifier: MIT

/**
 * Counts the results in a Vitest JSON report.
 *
 * A file that does not load counts as one failure. A run with an error outside of tests, a missing
 * report or no test at all also counts as one failure.
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

/** One line per failed test: file, name, and the first line of its message. */
export function failureLines(report, top = "") {
  return (report?.testResults ?? []).flatMap((file) => {
    const name = (file.name ?? "a file").replace(top, "");
    const line = (test, message) => `failed: ${name}: ${test}: ${firstLine(message)}`;
    const tests = file.assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => line(fullName, failureMessages?.[0]));
    if (tests.length > 0 || file.status !== "failed") return tests;
    return [line("the file itself", file.message)];
  });
}

function firstLine(message) {
  return (message ?? "").split("\n").find((text) => text.trim() !== "") ?? "no message";
}

/** The last line, which CI parses: the counts of tests, and their duration. */
export function closingLine({ passed, failed, skipped }, ms) {
  const took = `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
  return `${passed} passed, ${failed} failed, ${skipped} skipped (${took})`;
}
