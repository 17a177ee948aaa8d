// SPDX-License-Identifier: MIT
// @ts-check
// Writes docs/checks.md: cause, fix, releases, rules and a scenario for each check.
import { existsSync, readFileSync } from "node:fs";
import { slug } from "../../lib/slug.mjs";
import { generated } from "./text.mjs";

/** @typedef {import("./checks.mjs").Check} Check */
/** @typedef {{ id: string, section: string, text?: string, releases?: Record<string, string> }} Rule */
/**
 * @typedef {{ rules: Rule[], changes: readonly { release: string, rule: string }[],
 *   fixes: Map<string, string>, examples: Map<string, string> }} Sources
 */

const HEAD = "| id | errno | cause | fix | releases | rules | scenario |";
const RULER = "|---|---|---|---|---|---|---|";

/** Headings by the names of the check tables of the core. @type {Record<string, string>} */
const titles = {
  token: "Tokens",
  bpf: "bpf(): maps, programs, BTF, links",
  fs: "BPF filesystem, mounts, paths and files",
  cred: "Users, capabilities and namespaces",
  fd: "File descriptors",
};

const introduction = [
  "This page is for readers who want to know why a call was refused. The kernel returns an errno and no reason; the model also returns the id of the check that refused. An error message has the id in brackets, and the path of the check's page in the site that `npm run site` writes: `bpf(BPF_MAP_CREATE): EPERM: … [map.create.sysctl]; see checks/map.create.sysctl.html`. The id is also in `refusal.check` and in the output of `bpf-token run -v`.",
  "The errno – marks a silent decision: the call continues with fewer permissions and can fail at a later check. The silent decision is then the actual cause. For example, `token.dropped.map` causes an EPERM of `map.create.sysctl`.",
  "The checks are grouped by kernel function. Ids are stable. A check without a release exists in every release of the model. The rules are those of [the specification](spec/semantics.md). The scenario triggers the check; run it with `bpf-token run -v` to see the explanation.",
];

/**
 * Reads the scenario that triggers each check. `npm run tool check-examples` writes the file.
 *
 * @param {string} path - docs/spec/check-examples.json
 * @returns {Map<string, string>} check id to scenario file
 */
export function readCheckExamples(path) {
  return new Map(existsSync(path) ? Object.entries(JSON.parse(readFileSync(path, "utf8"))) : []);
}

/**
 * @param {readonly Check[]} checks
 * @param {Sources} sources
 */
export function checksPage(checks, sources) {
  const rules = new Map(sources.rules.map((rule) => [rule.id, rule]));
  const parts = [
    `<!-- SPDX-License-Identifier: MIT -->\n<!-- ${generated} -->`,
    "# Checks",
    ...introduction,
  ];
  if (checks.length === 0) parts.push("None yet.");
  const groups = groupBy(checks, ({ at }) => at.replace(/\..*$/, ""));
  const named = [...groups].map(([name, list]) => ({ title: titles[name] ?? name, list }));
  parts.push(
    named.map(({ title, list }) => `- [${title}](#${slug(title)}): ${list.length}`).join("\n"),
  );
  for (const { title, list } of named) {
    parts.push(`## ${title}`);
    for (const [func, own] of groupBy(list, (check) => `${check.func} (${check.file})`)) {
      const rows = own.map((check) => row(check, rules, sources));
      parts.push(`### ${func}`, [HEAD, RULER, ...rows].join("\n"));
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/**
 * @param {readonly Check[]} checks
 * @param {(check: Check) => string} key
 * @returns {Map<string, Check[]>} in the order of appearance
 */
function groupBy(checks, key) {
  /** @type {Map<string, Check[]>} */
  const groups = new Map();
  for (const check of checks) groups.set(key(check), [...(groups.get(key(check)) ?? []), check]);
  return groups;
}

/** @param {string | undefined} file of the suite */
function scenarioLink(file) {
  if (file === undefined) return "";
  return `[${file.replace(/\.yaml$/, "")}](../packages/conformance/scenarios/${file})`;
}

/**
 * @param {Check} check
 * @param {Map<string, Rule>} rules
 * @param {Sources} sources
 */
function row(check, rules, { changes, fixes, examples }) {
  const cells = [
    `\`${check.id}\``,
    check.errno ?? "–",
    check.sentence,
    fixes.get(check.id) ?? "",
    releasesOf(check, rules, changes),
    check.rules.map((id) => ruleLink(id, rules)).join(" "),
    scenarioLink(examples.get(check.id)),
  ];
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

/**
 * The releases in which the first rule of a check applies; empty for all.
 *
 * @param {{ readonly rules: readonly string[] }} check
 * @param {Map<string, Rule>} rules
 * @param {Sources["changes"]} changes
 */
export function releasesOf(check, rules, changes) {
  const rule = rules.get(check.rules[0] ?? "");
  const columns = Object.entries(rule?.releases ?? {});
  const holds = columns.map(([, text]) => !/^(-|n\/a|init only)/.test(text));
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
