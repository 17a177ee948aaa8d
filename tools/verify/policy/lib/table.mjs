// SPDX-License-Identifier: MIT

/** Counts the rows of all objects by mask and consequence. */
export function countRows(verdicts) {
  const counts = {
    ...{ objects: 0, skipped: 0, partly: 0, verifier: 0, exceptions: 0 },
    byAxis: new Map(),
  };
  for (const { rows, verifier, omitted } of verdicts) {
    if (verifier) counts.verifier++;
    if (omitted > 0) counts.partly++;
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
export function tableLines({ objects, skipped, partly, verifier, byAxis }, loader) {
  return [
    `${loader}: ${objects} objects loaded with their policy, ${skipped} cannot be loaded here.`,
    `${partly} of them were loaded without the programs that this kernel refuses with every permission.`,
    `${verifier} also needed CAP_PERFMON for the verifier, which the policy does not predict.`,
    "",
    "| without one bit of | the load fails | a loss that the policy names | exceptions |",
    "|---|---|---|---|",
    ...[...byAxis].map(
      ([axis, { fails, loses, exceptions }]) => `| ${axis} | ${fails} | ${loses} | ${exceptions} |`,
    ),
  ];
}

/** The page with the tables of several versions of libbpf. */
export function pageLines(results, release) {
  return [
    "# Policies are the least",
    "",
    "This page is for readers who ask whether `bpf-token policy` delegates too much or too little.",
    "`npm run policy:minimal -- --write` writes it.",
    "",
    "libbpf loads each object of Debian's packages in a container with the printed policy, then once without each",
    "bit or capability. The load fails, or succeeds with the loss that the policy names. Everything else is an",
    `exception. \`--verbose\` prints why an object cannot be loaded. Measured on Linux ${release.replace(/^(\d+\.\d+).*$/s, "$1")}.`,
    ...results.flatMap(({ loader, counts }) => [
      "",
      `## ${loader.replace("@", " ")}`,
      "",
      ...tableLines(counts, loader),
    ]),
    "",
  ];
}
