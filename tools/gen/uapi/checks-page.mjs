// SPDX-License-Identifier: MIT
// @ts-check
// docs/checks.md: what each check found, what helps, where it holds and what shows it.
import { existsSync, readFileSync } from "node:fs";
import { generated } from "./text.mjs";

/** @typedef {import("./checks.mjs").Check} Check */
/** @typedef {{ id: string, section: string, releases?: Record<string, string> }} Rule */
/**
 * @typedef {{ rules: Rule[], changes: readonly { release: string, rule: string }[],
 *   fixes: Map<string, string>, examples: Map<string, string> }} Sources
 */

const HEAD = "| id | errno | what it found | what helps | releases | rules | scenario |";
const RULER = "|---|---|---|---|---|---|---|";

/** What the tables of the core are about, by the names of their files. @type {Record<string, string>} */
const titles = {
  token: "Tokens",
  bpf: "bpf(): maps, programs, BTF, links",
  fs: "BPF FS, mounts, paths and files",
  cred: "Users, capabilities and namespaces",
  fd: "Descriptors",
};

const introduction = [
  "The kernel answers a refused call with an errno and no reason. The model names the place that refused: this page lists all of those places. Look here for the id that an error message ends with in brackets, as in `bpf(BPF_MAP_CREATE): EPERM: … [map.create.sysctl]`, that `refusal.check` holds, or that `bpf-token run -v` prints.",
  "An errno of – is a silent decision: the call goes on, with less, and the refusal that follows from it is elsewhere. It is most often the cause, as `token.dropped.map` is of an EPERM of `map.create.sysctl`.",
  "Under each function of the kernel stand its checks in the order of their numbers. Ids are stable. A check without a release holds in all that the model knows; rules are those of [the specification](spec/semantics.md), where it has one; the scenario runs into the check, and `bpf-token run -v` tells it.",
];

/**
 * Which scenario shows a check; made by `npm run check-examples`.
 *
 * @param {string} path - docs/spec/check-examples.json
 * @returns {Map<string, string>} id of a check to a file of the suite
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
