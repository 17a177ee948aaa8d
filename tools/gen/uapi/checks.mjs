// SPDX-License-Identifier: MIT
// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fillTemplate } from "../../lib/template.mjs";
import { checksPage } from "./checks-page.mjs";
import { cHeader, textOfLines, tsFile } from "./text.mjs";

/** @typedef {{ symbol: string, id: string, errno: string | undefined, file: string, func: string,
 *   rules: string[], evidence: string, sentence: string, at: string }} Check */

/** The order of the tables if include/trace/checks.def does not exist. */
const usual = ["token.def", "bpf.def", "fs.def", "cred.def", "fd.def"];

const evidenceKinds = [
  "NOTHING",
  "NUMBER",
  "HEX",
  "SIZE",
  "FLAGS",
  "CAP",
  "CMD",
  "MAP_TYPE",
  "PROG_TYPE",
  "ATTACH_TYPE",
  "USERNS",
  "FD",
  "PHASE",
  "ERRNO",
  "LIMIT",
  "SINCE_CMD",
  "SINCE_MAP",
  "SINCE_PROG",
  "ITEM",
  "MAP_ATTR",
];

const line =
  /^DEFINE_CHECK\(\s*(\w+)\s*,\s*"([^"]*)"\s*,\s*(\w+)\s*,\s*"([^"]*)"\s*,\s*"([^"]*)"\s*,\s*"([^"]*)"\s*,\s*(\w+)\s*,\s*"((?:[^"\\]|\\.)*)"\s*\)$/;

/**
 * The rules of the specification.
 *
 * @param {string} path - docs/spec/rules.json
 * @returns {import("./checks-page.mjs").Rule[]}
 */
export function readRules(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * Reads the check tables of the core.
 *
 * @param {string} dir - core-c/include/trace/checks
 * @param {Set<string>} errnos - the known names
 * @param {readonly { id: string }[]} rules - the known rules
 * @returns {Check[]} in the order of the C enum; empty if there are none yet
 * @throws Error that names every line that is wrong
 */
export function readChecks(dir, errnos, rules) {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir).filter((f) => f.endsWith(".def"));
  const order = orderOf(join(dir, "../checks.def"));
  const known = order.filter((f) => files.includes(f));
  /** @type {Check[]} */
  const checks = [];
  /** @type {string[]} */
  const wrong = files
    .filter((f) => !order.includes(f))
    .map((f) => `${f}: not in the order of checks`);
  for (const file of known) {
    for (const [i, text] of readFileSync(join(dir, file), "utf8").split("\n").entries()) {
      if (!text.startsWith("DEFINE_CHECK")) continue;
      const check = parse(text.trim(), `${file}:${i + 1}`);
      if (check === undefined) wrong.push(`${file}:${i + 1}: not a DEFINE_CHECK on one line`);
      else checks.push(check);
    }
  }
  wrong.push(...validate(checks, errnos, rules));
  if (wrong.length > 0) throw new Error(wrong.map((w) => `checks: ${w}`).join("\n"));
  return checks;
}

/**
 * The tables in the order in which the core includes them; the order numbers the checks.
 *
 * @param {string} path - include/trace/checks.def
 * @returns {string[]}
 */
function orderOf(path) {
  if (!existsSync(path)) return usual;
  const includes = readFileSync(path, "utf8").matchAll(
    /^\s*#\s*include\s+<trace\/checks\/([^>]+)>/gm,
  );
  return [...includes].map((m) => /** @type {string} */ (m[1]));
}

/**
 * @param {string} text
 * @param {string} at
 * @returns {Check | undefined}
 */
function parse(text, at) {
  const m = line.exec(text);
  if (m === null) return undefined;
  const [, symbol = "", id = "", errno = "", file = "", func = "", rules = "", evidence = ""] = m;
  return {
    symbol,
    id,
    errno: errno === "NONE" || errno === "0" ? undefined : errno,
    file,
    func,
    rules: rules.split(/\s+/).filter((r) => r !== ""),
    evidence,
    sentence: (m[8] ?? "").replace(/\\(.)/g, "$1"),
    at,
  };
}

/**
 * @param {Check[]} checks
 * @param {Set<string>} errnos
 * @param {readonly { id: string }[]} rules
 * @returns {string[]}
 */
function validate(checks, errnos, rules) {
  const wrong = [];
  const known = new Set(rules.map((rule) => rule.id));
  const seen = new Map();
  for (const c of checks) {
    if (!/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(c.id)) wrong.push(`${c.at}: id '${c.id}'`);
    for (const key of [c.id, c.symbol]) {
      if (seen.has(key)) wrong.push(`${c.at}: '${key}' is at ${seen.get(key)} already`);
      seen.set(key, c.at);
    }
    if (c.errno !== undefined && !errnos.has(c.errno)) wrong.push(`${c.at}: errno '${c.errno}'`);
    if (/\|/.test(c.file + c.func)) wrong.push(`${c.at}: '|' in a name`);
    if (!evidenceKinds.includes(c.evidence)) wrong.push(`${c.at}: evidence '${c.evidence}'`);
    if (c.rules.length === 0) {
      wrong.push(
        `${c.at}: '${c.id}' names no rule of docs/spec; see docs/scope.md for what the model covers`,
      );
    }
    for (const r of c.rules) {
      if (!known.has(r)) wrong.push(`${c.at}: '${r}' is not a rule of the specification`);
    }
  }
  return wrong;
}

/**
 * @param {Check[]} checks
 * @param {import("./checks-page.mjs").Sources} sources - further content of the page
 * @param {readonly string[]} [unmodelled] - the names of unmodelled features
 * @returns {Map<string, string>}
 */
export function emitChecks(checks, sources, unmodelled = []) {
  return new Map([
    [
      "packages/uapi/src/generated/checks.ts",
      tsFile(typescript(checks, hashOf(checks, unmodelled))),
    ],
    ["packages/uapi/src/generated/check-lines.ts", tsFile(lines(checks))],
    ["core-c/include/generated/check_hash.h", header(hashOf(checks, unmodelled))],
    ["docs/checks.md", checksPage(checks, sources)],
  ]);
}

/**
 * A hash that changes with the number or the evidence kind of a check, and with the list of
 * unmodelled features.
 *
 * @param {Check[]} checks
 * @param {readonly string[]} [unmodelled]
 * @returns {string} in hex, as C and TypeScript read it
 */
function hashOf(checks, unmodelled = []) {
  const hash = createHash("sha256");
  for (const c of checks) hash.update(`${c.id} ${c.evidence}\n`);
  for (const text of unmodelled) hash.update(`${text}\n`);
  return `0x${hash.digest("hex").slice(0, 8)}`;
}

/** @param {string} hash */
function header(hash) {
  const text = fillTemplate(new URL("templates/check_hash.h", import.meta.url), { hash });
  return cHeader("GPL-2.0-only", "_GENERATED_CHECK_HASH_H", text);
}

/**
 * @param {Check[]} checks
 * @param {string} hash
 */
function typescript(checks, hash) {
  const ids = checks.map((c) => `  | "${c.id}"`).join("\n");
  const union =
    checks.length === 0 ? "export type CheckId = string;" : `export type CheckId =\n${ids};`;
  const kinds = evidenceKinds.map((k) => `  | "${k}"`).join("\n");
  return `/** Stable id of a check: the same in every release of this project. */
${union}

/** How to read the two numbers of a decision: the required and the actual value. */
export type EvidenceKind =
${kinds};

/** Hash of this table. A core with another hash numbers its checks differently. */
export const checkTableHash = ${hash};`;
}

/**
 * The table as one string. Engines parse a string much faster than a literal with a thousand
 * objects, which would cost every import several milliseconds.
 *
 * @param {Check[]} checks
 */
function lines(checks) {
  const rows = checks.map((c) =>
    [c.id, c.errno ?? "", c.file, c.func, c.rules.join(" "), c.evidence, c.sentence].join("|"),
  );
  return `/**
 * The checks of the model, one per line in the order of the core's numbers. The fields, separated by
 * "|", are those of \`CheckInfo\` in their order.
 */
export const checkLines: string = ${textOfLines(rows)};`;
}
