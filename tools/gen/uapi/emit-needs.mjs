// SPDX-License-Identifier: MIT
// @ts-check
import { codeOf, needKinds } from "./facts.mjs";
import { cHeader, tsFile } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */
/** @typedef {import("./facts.mjs").NeedRule} NeedRule */

/**
 * Which capabilities the kernel requires for types, helpers and commands: for the model in C, and for
 * everything in TypeScript.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitNeeds(facts) {
  const c = [
    typeTable(facts, "maps", "map_type_caps", "MC-12"),
    typeTable(facts, "programs", "prog_type_caps", "PL-06 to PL-10"),
    helperTable(facts),
  ];
  const kinds = Object.keys(needKinds).map((kind) => rows(facts, kind));
  return new Map([
    [
      "core-c/include/generated/needs.h",
      cHeader("GPL-2.0-only", "_GENERATED_NEEDS_H", [cTypes, ...c].join("\n\n")),
    ],
    ["packages/uapi/src/generated/needs.ts", tsFile([tsTypes, ...kinds].join("\n\n"))],
  ]);
}

const cTypes = `#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/types.h>

#define NEEDS_BPF 1
#define NEEDS_NET_ADMIN 2
#define NEEDS_PERFMON 4

/* A helper that needs a capability. Releases are major * 1000 + minor, until 0: still so. */
struct helper_need {
\tu8 id;
\tu8 cap;
\tu8 only_in;	/* a program type, or 0: all */
\tu8 not_in;	/* a program type, or 0: none */
\tu16 since;
\tu16 until;
};`;

/**
 * The capabilities of each type: the number of one, or for programs a mask.
 *
 * @param {Facts} facts
 * @param {"maps" | "programs"} kind
 * @param {string} table
 * @param {string} about - the rules
 */
function typeTable(facts, kind, table, about) {
  const prefix = facts.enums[needKinds[kind]?.enum ?? ""]?.prefix;
  const lines = facts.needs[kind].flatMap(({ caps, types = [] }) => {
    if (caps.length === 0) return [];
    const value =
      kind === "maps" ? `CAP_${caps[0]}` : caps.map((cap) => `NEEDS_${cap}`).join(" | ");
    return types.map((type) => `\t[${prefix}${type}] = ${value},`);
  });
  const what = `/* By type, besides what kernel.unprivileged_bpf_disabled requires: ${about}. */`;
  return `${what}\nstatic const u8 ${table}[] __maybe_unused = {\n${lines.join("\n")}\n};`;
}

/** @param {Facts} facts */
function helperTable(facts) {
  const lines = facts.needs.helpers.flatMap((rule) =>
    (rule.helpers ?? []).map((name) => {
      const { caps, onlyIn, notIn, since, until } = rule;
      const places = [onlyIn, notIn].map((type) => (type ? `BPF_PROG_TYPE_${type}` : "0"));
      const codes = [since, until].map((release) => codeOf(release));
      return `\t{ BPF_FUNC_${name}, CAP_${caps[0]}, ${[...places, ...codes].join(", ")} },`;
    }),
  );
  return `static const struct helper_need helper_needs[] __maybe_unused = {\n${lines.join("\n")}\n};`;
}

const tsTypes = `import type { CapabilityName } from "./capability.js";

/** A rule about the capabilities that the kernel requires, with the numbers that it applies to. */
export interface NeedRow {
  /** Its id in the specification. */
  readonly rule: string;
  readonly caps: readonly CapabilityName[];
  readonly values: readonly number[];
  /** The code of the first release with the rule; 0: older than all. */
  readonly since: number;
  /** The code of the first release without it. */
  readonly until?: number;
  /** Of a command: whether a token can be passed. */
  readonly token?: boolean;
  /** Of a helper: the only program type to which the rule applies. */
  readonly onlyIn?: number;
  /** Of a helper: the program type to which it does not apply. */
  readonly notIn?: number;
}`;

/** @param {Facts} facts @param {string} kind */
function rows(facts, kind) {
  const { enum: key, names } = /** @type {typeof needKinds[string]} */ (needKinds[kind]);
  const numberOf = (/** @type {string} */ from, /** @type {string} */ name) =>
    facts.enums[from]?.members.find((member) => member.name === name)?.value;
  const lines = facts.needs[/** @type {"maps"} */ (kind)].map((rule) => {
    const values = (rule[names] ?? []).map((name) => numberOf(key, name));
    const program = (/** @type {string} */ field, /** @type {string | undefined} */ name) =>
      name === undefined ? [] : [`${field}: ${numberOf("bpf_prog_type", name)}`];
    const fields = [
      `rule: "${rule.rule}"`,
      `caps: ${JSON.stringify(rule.caps).replaceAll(",", ", ")}`,
      `values: [${values.join(", ")}]`,
      `since: ${codeOf(rule.since)}`,
      ...(rule.until === undefined ? [] : [`until: ${codeOf(rule.until)}`]),
      ...(rule.token === undefined ? [] : [`token: ${rule.token}`]),
      ...program("onlyIn", rule.onlyIn),
      ...program("notIn", rule.notIn),
    ];
    const line = `  { ${fields.join(", ")} },`;
    if (line.length <= WIDTH) return line;
    return `  {\n${fields.map(fold).join("\n")}\n  },`;
  });
  const title = `The rules about capabilities for ${kind}, by \`${key}\`.`;
  return `/** ${title} */\nexport const ${kind.slice(0, -1)}Needs: readonly NeedRow[] = [\n${lines.join("\n")}\n];`;
}

/** The formatter of the repository keeps this. */
const WIDTH = 100;

/**
 * A field on a line of its own; a long list of numbers on several.
 *
 * @param {string} field
 */
function fold(field) {
  const line = `    ${field},`;
  if (line.length <= WIDTH) return line;
  const [head, numbers = ""] = field.split("[");
  const lines = [""];
  for (const number of numbers.replace("]", "").split(", ")) {
    const last = lines.length - 1;
    const longer = `${lines[last]}${lines[last] === "" ? "      " : " "}${number},`;
    if (longer.length > WIDTH) lines.push(`      ${number},`);
    else lines[last] = longer;
  }
  return `    ${head}[\n${lines.join("\n")}\n    ],`;
}
