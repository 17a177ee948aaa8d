// SPDX-License-Identifier: MIT
// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { textOfLines, tsFile } from "./text.mjs";

/**
 * Reads the fix of each check. The first entry whose pattern matches the id wins.
 *
 * @param {string} path - tools/gen/uapi/fixes.json: fixes by pattern
 * @param {readonly { id: string }[]} checks
 * @returns {Map<string, string>} check id to fix; checks without a fix are missing
 * @throws Error that names every entry that matches no check
 */
export function readFixes(path, checks) {
  /** @type {Record<string, string>} */
  const entries = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const patterns = Object.entries(entries).map(([match, fix]) => {
    return { match, fix, pattern: globOf(match) };
  });
  const idle = patterns.filter(({ pattern }) => !checks.some(({ id }) => pattern.test(id)));
  if (checks.length > 0 && idle.length > 0) {
    throw new Error(idle.map(({ match }) => `fixes.json: '${match}' matches no check`).join("\n"));
  }
  const found = checks.map(({ id }) => {
    const first = patterns.find(({ pattern }) => pattern.test(id));
    return /** @type {[string, string | undefined]} */ ([id, first?.fix]);
  });
  return new Map(/** @type {[string, string][]} */ (found.filter(([, fix]) => fix !== undefined)));
}

/** @param {string} match - `*` matches any text, `?` one character */
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
  const body = `/** One fix per line, after the ids of its checks and a "|". */
export const fixLines: string = ${textOfLines(rows)};`;
  return [["packages/uapi/src/generated/fixes.ts", tsFile(body)]];
}
