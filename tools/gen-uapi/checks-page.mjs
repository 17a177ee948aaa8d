// SPDX-License-Identifier: MIT
// @ts-check
// docs/checks.md: what each check found, what helps, where it holds and what shows it.
import { existsSync, readFileSync } from "node:fs";
import { generated } from "./text.mjs";

/** @typedef {import("./checks.mjs").Check} Check */
/** @typedef {{ id: string, section: string, releases?: Record<string, string> }} Rule */
/**
 * @typedef {{ rules: Rule[], changes: readonly { release: string, rule: string }[],
 *   fixes: Map<string, string>, shown: Map<string, string> }} Sources
 */

/**
 * Which scenario shows a check; made by `npm run shown`.
 *
 * @param {string} path - docs/spec/shown.json
 * @returns {Map<string, string>} id of a check to a file of the suite
 */
export function readShown(path) {
  return new Map(existsSync(path) ? Object.entries(JSON.parse(readFileSync(path, "utf8"))) : []);
}

/**
 * @param {readonly Check[]} checks
 * @param {Sources} sources
 */
export function checksPage(checks, sources) {
  const rules = new Map(sources.rules.map((rule) => [rule.id, rule]));
  /** @type {Map<string, Check[]>} */
  const byFunction = new Map();
  for (const check of checks) {
    const key = `${check.func} (${check.file})`;
    byFunction.set(key, [...(byFunction.get(key) ?? []), check]);
  }
  const parts = [
    `<!-- SPDX-License-Identifier: MIT -->\n<!-- ${generated} -->`,
    "# Checks",
    "Every place where the model refuses or decides, in the order of the table that numbers them. Ids are stable. An errno of – is a silent decision: the call goes on, with less. Rules are those of [the specification](spec/semantics.md); a check without a release holds in all of them. The scenario is one of `packages/conformance/scenarios` that runs into the check.",
  ];
  if (checks.length === 0) parts.push("None yet.");
  for (const [func, list] of byFunction) {
    const rows = list.map((check) => row(check, rules, sources));
    const head = "| id | errno | rules | releases | what it found | what helps | scenario |";
    parts.push(`## ${func}`, [head, "|---|---|---|---|---|---|---|", ...rows].join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

/**
 * @param {Check} check
 * @param {Map<string, Rule>} rules
 * @param {Sources} sources
 */
function row(check, rules, { changes, fixes, shown }) {
  const cells = [
    `\`${check.id}\``,
    check.errno ?? "–",
    check.rules.map((id) => ruleLink(id, rules)).join(" "),
    releasesOf(check, rules, changes),
    check.sentence,
    fixes.get(check.id) ?? "",
    shown.get(check.id)?.replace(/\.yaml$/, "") ?? "",
  ];
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

/**
 * In which releases the first rule of a check holds; empty for all.
 *
 * @param {Check} check
 * @param {Map<string, Rule>} rules
 * @param {Sources["changes"]} changes
 */
function releasesOf(check, rules, changes) {
  const rule = rules.get(check.rules[0] ?? "");
  const columns = Object.entries(rule?.releases ?? {});
  const holds = columns.map(([, said]) => !/^(-|n\/a|init only)/.test(said));
  const first = holds.indexOf(true);
  if (rule === undefined || first < 0 || holds.every((there) => there)) return "";
  if (first > 0) {
    const since = changes.find((change) => change.rule === rule.id)?.release;
    return `from ${since ?? columns[first]?.[0]}`;
  }
  return `up to ${columns[holds.lastIndexOf(true)]?.[0]}`;
}

/** @param {string} id @param {Map<string, Rule>} rules */
function ruleLink(id, rules) {
  return `[${id}](spec/semantics.md#${slug(rules.get(id)?.section ?? "")})`;
}

/** The anchor that a heading gets. @param {string} heading */
function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
