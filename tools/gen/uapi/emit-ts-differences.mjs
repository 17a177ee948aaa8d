// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { textOfLines, tsFile } from "./text.mjs";

/** @typedef {{ release: string, rule: string, sentence: string, evidence: string }} Difference */

const evidences = ["observed", "source", "recalled"];

/**
 * The changes of each release from the previous one.
 *
 * @param {string} path - docs/spec/differences.json
 * @param {readonly string[]} releases - the known ones, oldest first
 * @param {readonly { id: string }[]} rules - the known rules
 * @returns {Difference[]}
 * @throws Error that names every entry that is wrong
 */
export function readDifferences(path, releases, rules) {
  /** @type {Difference[]} */
  const entries = JSON.parse(readFileSync(path, "utf8"));
  const wrong = entries.flatMap((entry, i) => {
    const at = `differences.json: entry ${i + 1} (${entry.rule})`;
    const before = entries[i - 1]?.release ?? releases[0] ?? "";
    return [
      ...(releases.indexOf(entry.release) > 0 ? [] : [`${at}: release '${entry.release}'`]),
      ...(releases.indexOf(entry.release) < releases.indexOf(before)
        ? [`${at}: out of the order of releases`]
        : []),
      ...(rules.some(({ id }) => id === entry.rule) ? [] : [`${at}: no such rule`]),
      ...(evidences.includes(entry.evidence) ? [] : [`${at}: evidence '${entry.evidence}'`]),
      ...(entry.sentence ? [] : [`${at}: no sentence`]),
    ];
  });
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return entries;
}

/**
 * @param {readonly Difference[]} differences
 * @returns {[string, string][]}
 */
export function emitDifferences(differences) {
  const rows = differences.map(({ release, rule, sentence, evidence }) =>
    [release, rule, evidence, sentence].join("|"),
  );
  const body = [
    "/**",
    " * The changes of each release from the previous one, one per line, oldest first: release,",
    ' * rule, evidence and sentence, separated by "|".',
    " */",
    `export const changeLines: string = ${textOfLines(rows)};`,
  ];
  return [["packages/uapi/src/generated/release-changes.ts", tsFile(body.join("\n"))]];
}
