// SPDX-License-Identifier: MIT
// @ts-check
/** Parses the rules of semantics.md, and reports everything that it cannot parse. */
import {
  errnoNames,
  evidenceOf,
  fromReleases,
  JOINT_COLUMN,
  jointReleases,
  LATER_RELEASES,
  RELEASE_COLUMNS,
  UP_TO_6_18,
} from "./cells.mjs";
import { plain, readTables } from "./markdown.mjs";

/**
 * @typedef {import("./cells.mjs").Release} Release
 * @typedef {import("./cells.mjs").Evidence} Evidence
 * @typedef {import("./markdown.mjs").Table} Table
 * @typedef {import("./markdown.mjs").Row} Row
 * @typedef {{
 *   id: string, group: string, section: string, text: string,
 *   errno: string[], outcome?: string, tokenHelps?: string, changes?: string[],
 *   releases: Record<Release, string>, order: boolean, position: number, evidence: Evidence[],
 * }} Rule
 * @typedef {{ line: number, message: string }} Problem
 * @typedef {{ rules: number, observed: number, vmOnly: number, guestOnly: number,
 *   sourceOnly: number }} Totals
 * @typedef {{ rules: Rule[], totals: Totals, problems: Problem[] }} Spec
 */

const RULE_ID = /^[A-Z]{2}-\d{2}$/;
/** Columns with the subject of a row; the rule itself is in the column after it. */
const SUBJECT_COLUMNS = ["command(s)", "feature", "hook"];
/** The column with the result of a row that fails or applies. */
const OUTCOME_COLUMNS = ["errno", "result without token", "without it", "on refusal"];
const TOKEN_HELPS_COLUMN = "token helps?";
/** The column of section 12 with the change of an earlier rule in a later release. */
const CHANGE_COLUMN = "change";
/** The column with the rule itself. */
const TEXT_COLUMNS = [
  "check",
  "property",
  "step",
  "rule",
  "gate",
  "capability (by CP, token stored in the program)",
  "after load",
  "ordered decision, starting with n = N",
  "when",
  CHANGE_COLUMN,
];
const KNOWN_COLUMNS = new Set([
  "id",
  "evidence",
  JOINT_COLUMN,
  TOKEN_HELPS_COLUMN,
  ...RELEASE_COLUMNS.keys(),
  ...LATER_RELEASES,
  UP_TO_6_18,
  ...SUBJECT_COLUMNS,
  ...TEXT_COLUMNS,
  ...OUTCOME_COLUMNS,
]);
/** Headings of tables in which the first row that applies decides. */
const ORDERED_SECTION = /^[\d.]+ (?:Order$|Ordered checks\b|.*, ordered$)/;
/** Tables under such a heading that list something else (features, or properties after load). */
const ORDERED_TEXT = new Set(["check", "step"]);

/**
 * Parses the whole specification. Never throws: a line that cannot be parsed is a problem.
 * @param {string} text
 * @returns {Spec}
 */
export function readSpec(text) {
  const errnos = knownErrnos(text);
  /** @type {Problem[]} */
  const problems = [];
  /** @type {Rule[]} */
  const rules = [];
  /** @type {Map<string, number>} */
  const seen = new Map();
  if (errnos.size === 0) problems.push({ line: 1, message: "no errno list (section 0.3)" });
  const tables = readTables(text);
  for (const table of tables) {
    if (table.header[0] !== "id") problems.push(...strayRules(table));
    else if (table.header.includes(CHANGE_COLUMN)) changeRules(table, errnos, rules, problems);
    else rules.push(...tableRules(table, errnos, seen, problems));
  }
  const totals = countRules(rules);
  problems.push(...wrongTotals(tables, totals));
  problems.sort((a, b) => a.line - b.line);
  return { rules, totals, problems };
}

/**
 * The errnos of section 0.3, name → number. All other errno names must be among them.
 * @param {string} text
 * @returns {Map<string, number>}
 */
export function knownErrnos(text) {
  const list = /^Errno: (.*)$/m.exec(text)?.[1] ?? "";
  const pairs = list.matchAll(/\b(E[A-Z0-9]+) (\d+)/g);
  return new Map([...pairs].map(([, name = "", number]) => [name, Number(number)]));
}

/**
 * Reports rules in a table whose heading is not "id"; they would be lost silently.
 * @param {Table} table
 * @returns {Problem[]}
 */
function strayRules(table) {
  return table.rows
    .filter((row) => RULE_ID.test(row.cells[0] ?? ""))
    .map((row) => ({
      line: row.line,
      message: `rule ${row.cells[0]} is in a table whose first column is not called "id"`,
    }));
}

/**
 * @param {Table} table
 * @param {ReadonlyMap<string, number>} errnos
 * @param {Map<string, number>} seen id → line
 * @param {Problem[]} problems
 * @returns {Rule[]}
 */
function tableRules(table, errnos, seen, problems) {
  const header = headerProblem(table);
  if (header) {
    problems.push({ line: table.line, message: header });
    return [];
  }
  /** @type {Rule[]} */
  const rules = [];
  for (const [index, row] of table.rows.entries()) {
    try {
      const rule = rowRule(table, row, index + 1, errnos);
      const first = seen.get(rule.id);
      if (first !== undefined) throw new Error(`duplicate id ${rule.id}, first on line ${first}`);
      seen.set(rule.id, row.line);
      rules.push(rule);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const id = row.cells[0] ?? "";
      problems.push({
        line: row.line,
        message: message.includes(id) ? message : `${id}: ${message}`,
      });
    }
  }
  return rules;
}

/**
 * Adds the rows of a table of changes to the rules that they are about.
 * @param {Table} table
 * @param {ReadonlyMap<string, number>} errnos
 * @param {readonly Rule[]} rules those of the tables above
 * @param {Problem[]} problems
 */
function changeRules(table, errnos, rules, problems) {
  for (const changed of tableRules(table, errnos, new Map(), problems)) {
    const rule = rules.find(({ id }) => id === changed.id);
    if (rule === undefined) {
      problems.push({
        line: table.line,
        message: `${changed.id} changes a rule that is not above`,
      });
      continue;
    }
    rule.changes = [...(rule.changes ?? []), changed.text];
    // What is as up to 6.18 stays as the rule's own column says it.
    for (const release of LATER_RELEASES) {
      const own = changed.releases[release];
      if (own !== undefined && own !== changed.releases["6.18"]) rule.releases[release] = own;
    }
    rule.evidence.push(...changed.evidence);
  }
}

/**
 * @param {Table} table
 * @returns {string | undefined}
 */
function headerProblem({ header }) {
  const unknown = header.find((name) => !KNOWN_COLUMNS.has(name));
  if (unknown !== undefined) return `unknown column "${unknown}"`;
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) return `column "${twice}" twice`;
  if (header.at(-1) !== "evidence") return 'the last column is not "evidence"';
  if (header.filter((name) => TEXT_COLUMNS.includes(name)).length !== 1) {
    return `a rule table has one of the columns ${TEXT_COLUMNS.join("; ")}`;
  }
  const single = [...RELEASE_COLUMNS.keys()].filter((name) => header.includes(name)).length;
  if (single !== 0 && single !== RELEASE_COLUMNS.size) return "a release column is missing";
  if (single !== 0 && header.includes(JOINT_COLUMN)) return "both single and joint release columns";
  const later = [UP_TO_6_18, ...LATER_RELEASES];
  const present = later.filter((name) => header.includes(name));
  // The newest releases need no column: they follow the rules of the one before.
  if (present.length === 1 || present.some((name, i) => name !== later[i]))
    return "a release column is missing";
  return undefined;
}

/**
 * @param {Table} table
 * @param {Row} row
 * @param {number} position from 1
 * @param {ReadonlyMap<string, number>} errnos
 * @returns {Rule}
 */
function rowRule({ header, section }, row, position, errnos) {
  const [id = ""] = row.cells;
  if (!RULE_ID.test(id)) throw new Error(`"${id}" is not a rule id (two capitals, two digits)`);
  if (row.cells.length !== header.length) {
    throw new Error(`${row.cells.length} cells, the heading has ${header.length}`);
  }
  const empty = row.cells.indexOf("");
  if (empty >= 0) throw new Error(`column "${header[empty]}" is empty`);
  /** @type {(names: readonly string[]) => string | undefined} */
  const cell = (names) => {
    const column = header.findIndex((name) => names.includes(name));
    return column < 0 ? undefined : plain(row.cells[column] ?? "");
  };
  const text = ruleText(cell(SUBJECT_COLUMNS), cell(TEXT_COLUMNS) ?? "", header);
  const outcome = cell(OUTCOME_COLUMNS);
  const tokenHelps = cell([TOKEN_HELPS_COLUMN]);
  // Errno names in the text are checked too, because a typo there is equally misleading.
  const mentioned = errnoNames(text, errnos);
  const named =
    outcome === undefined || outcome === "see text" ? mentioned : errnoNames(outcome, errnos);
  return {
    id,
    group: id.slice(0, 2),
    section,
    text,
    errno: named,
    ...(outcome === undefined ? {} : { outcome }),
    ...(tokenHelps === undefined ? {} : { tokenHelps }),
    releases: rowReleases(cell),
    order: isOrdered(section, header),
    position,
    evidence: evidenceOf(cell(["evidence"]) ?? ""),
  };
}

/**
 * @param {string | undefined} subject
 * @param {string} text
 * @param {readonly string[]} header
 */
function ruleText(subject, text, header) {
  if (subject === undefined) return text;
  if (text === "-") return subject;
  const needs = header.some((name) => name.startsWith("capability ")) ? "needs CAP_" : "";
  return `${subject}: ${needs}${needs ? text.replaceAll(" / ", " or CAP_") : text}`;
}

/**
 * @param {(names: readonly string[]) => string | undefined} cell
 * @returns {Record<Release, string>}
 */
function rowReleases(cell) {
  const joint = cell([JOINT_COLUMN]);
  if (joint !== undefined) return jointReleases(joint);
  const before = cell([UP_TO_6_18]);
  if (before !== undefined) {
    let last = before;
    return fromReleases((release) => {
      const own = cell([release]) ?? "=";
      if (own !== "=") last = own;
      return last;
    });
  }
  const columns = new Map([...RELEASE_COLUMNS].map(([column, release]) => [release, column]));
  return fromReleases((release) => cell([columns.get(release) ?? "6.18"]) ?? "y");
}

/**
 * @param {string} section
 * @param {readonly string[]} header
 */
function isOrdered(section, header) {
  if (header.some((name) => name.startsWith("ordered "))) return true;
  return ORDERED_SECTION.test(section) && header.some((name) => ORDERED_TEXT.has(name));
}

/**
 * Counts each rule once, under its strongest evidence.
 * @param {readonly Rule[]} rules
 * @returns {Totals}
 */
export function countRules(rules) {
  /** @type {(rule: Rule, kind: string) => boolean} */
  const has = (rule, kind) => rule.evidence.some((item) => item.kind === kind);
  const observed = rules.filter((rule) => has(rule, "observed")).length;
  const vm = rules.filter((rule) => !has(rule, "observed") && has(rule, "observed-vm")).length;
  const guest = rules.filter(
    (rule) => rule.evidence.every(({ kind }) => !kind.startsWith("observed")) && inGuest(rule),
  ).length;
  return {
    rules: rules.length,
    observed,
    vmOnly: vm,
    guestOnly: guest,
    sourceOnly: rules.length - observed - vm - guest,
  };
}

/** @param {Rule} rule */
function inGuest(rule) {
  return rule.evidence.some(({ kind }) => kind.startsWith("guest-"));
}

/**
 * Compares the figures of section 11 with the tables.
 * @param {readonly Table[]} tables
 * @param {Totals} totals
 * @returns {Problem[]}
 */
function wrongTotals(tables, totals) {
  const expected = /** @type {const} */ ([
    ["numbered rules", totals.rules],
    ["central claim seen on", totals.observed],
    ["seen only", totals.vmOnly],
    ["seen in guests", totals.guestOnly],
    ["from source only", totals.sourceOnly],
  ]);
  const table = tables.find(({ section }) => section.startsWith("11."));
  if (!table) return [{ line: 1, message: "no table of totals (section 11)" }];
  return expected.flatMap(([start, count]) => {
    const row = table.rows.find(({ cells }) => cells[0]?.startsWith(start));
    if (!row) return [{ line: table.line, message: `section 11 has no row "${start}…"` }];
    if (row.cells[1] === String(count)) return [];
    return [
      {
        line: row.line,
        message: `section 11 says ${row.cells[1]}, the tables give ${count}: ${row.cells[0]}`,
      },
    ];
  });
}
