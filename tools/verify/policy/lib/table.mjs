// SPDX-License-Identifier: MIT

/** Counts the rows of all objects by mask and consequence. */
export function countRows(verdicts) {
  const counts = {
    ...{ objects: 0, skipped: 0, partly: 0, computed: 0, exceptions: 0 },
    ...{ exact: 0, assumed: 0, lacking: 0 },
    byAxis: new Map(),
  };
  for (const { rows, verdict, computed, omitted } of verdicts) {
    if (computed) counts.computed++;
    if (verdict !== undefined) counts[verdict]++;
    if (omitted > 0) counts.partly++;
    if (rows === undefined) {
      counts.skipped++;
      continue;
    }
    counts.objects++;
    for (const { axis, kind } of rows) {
      const known = counts.byAxis.get(axis) ?? { fails: 0, loses: 0, exceptions: 0 };
      if (kind === "fails" || kind === "loses") known[kind]++;
      else if (kind !== "assumed") {
        known.exceptions++;
        counts.exceptions++;
      }
      counts.byAxis.set(axis, known);
    }
  }
  return counts;
}

/** The share of exact policies that is required. */
const LEAST_EXACT = 0.9;

/** Whether no policy lacks anything, and enough of them have nothing that is only assumed. */
export const isFine = ({ objects, exact, lacking, exceptions }) =>
  exceptions === 0 && lacking === 0 && exact >= LEAST_EXACT * objects;

/** Formats the counts as a table in Markdown. */
export function tableLines(counts, loader) {
  const { objects, skipped, partly, computed, byAxis, exact, assumed, lacking } = counts;
  return [
    `${loader}: ${objects} objects were judged, ${skipped} cannot be loaded here. Of their policies, ${exact} are exact,`,
    `${assumed} have an assumed CAP_PERFMON that is not needed, and ${lacking} lack something.`,
    `${partly} of them were loaded without the programs that this kernel refuses with every permission.`,
    `${computed} need CAP_PERFMON for what their instructions do, which the policy computes.`,
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
    "`npm run tool policy:minimal -- --write` writes it.",
    "",
    "libbpf loads each object of Debian's packages in a container with the policy that is printed by default, then",
    "once without each bit or capability. The load fails, or succeeds with the loss that the policy names. Only an",
    "assumed CAP_PERFMON may be too much; `policy --prove` removes it. Everything else is an",
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
