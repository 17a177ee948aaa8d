// SPDX-License-Identifier: MIT

/** Counts the rows of all objects by mask and consequence. */
export function countRows(verdicts) {
  const counts = { objects: 0, skipped: 0, verifier: 0, exceptions: 0, byAxis: new Map() };
  for (const { rows, verifier } of verdicts) {
    if (verifier) counts.verifier++;
    if (rows === undefined) {
      counts.skipped++;
      continue;
    }
    counts.objects++;
    for (const { axis, kind } of rows) {
      const known = counts.byAxis.get(axis) ?? { fails: 0, loses: 0, exceptions: 0 };
      if (kind === "fails" || kind === "loses") known[kind]++;
      else {
        known.exceptions++;
        counts.exceptions++;
      }
      counts.byAxis.set(axis, known);
    }
  }
  return counts;
}

/** Formats the counts as a table in Markdown. */
export function tableLines({ objects, skipped, verifier, byAxis }, loader) {
  return [
    `${loader}: ${objects} objects loaded with their policy, ${skipped} cannot be loaded here`,
    `${verifier} of them also needed CAP_PERFMON for the verifier, which the policy does not predict`,
    "",
    "| without one bit of | the load fails | a loss that the policy names | exceptions |",
    "|---|---|---|---|",
    ...[...byAxis].map(
      ([axis, { fails, loses, exceptions }]) => `| ${axis} | ${fails} | ${loses} | ${exceptions} |`,
    ),
  ];
}
