// SPDX-License-Identifier: MIT
// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { textOfLines, tsFile } from "./text.mjs";

/** @typedef {{ match: string, fix: string }} Fix */

/**
 * What a person can do about a check; the first entry whose pattern fits counts.
 *
 * @param {string} path - tools/gen/uapi/fixes.json
 * @param {readonly { id: string }[]} checks
 * @returns {Map<string, string>} id of a check to what helps; without those that explain themselves
 * @throws Error that names every entry that fits no check
 */
export function readFixes(path, checks) {
  /** @type {Fix[]} */
  const entries = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  const patterns = entries.map(({ match, fix }) => ({ match, fix, pattern: globOf(match) }));
  const idle = patterns.filter(({ pattern }) => !checks.some(({ id }) => pattern.test(id)));
  if (checks.length > 0 && idle.length > 0) {
    throw new Error(idle.map(({ match }) => `fixes.json: no check is like '${match}'`).join("\n"));
  }
  const found = checks.map(({ id }) => {
    const first = patterns.find(({ pattern }) => pattern.test(id));
    return /** @type {[string, string | undefined]} */ ([id, first?.fix]);
  });
  return new Map(/** @type {[string, string][]} */ (found.filter(([, fix]) => fix !== undefined)));
}

/** @param {string} match - `*` stands for any text, `?` for one character */
function globOf(match) {
  const text = match.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

/**
 * @param {Map<string, string>} fixes
 * @returns {[string, string][]}
 */
export function emitFixes(fixes) {
  const texts = [...new Set(fixes.values())];
  const idsOf = texts.map((text) => [...fixes].filter(([, fix]) => fix === text).map(([id]) => id));
  const rows = texts.map((text, i) => `${idsOf[i]?.join(" ")}|${text}`);
  const body = `/** What helps, one text per line, after the ids of the checks that it is for and a "|". */
export const fixLines = ${textOfLines(rows)};`;
  return [["packages/uapi/src/generated/fixes.ts", tsFile(body)]];
}
