// SPDX-License-Identifier: MIT
// @ts-check
import { codeOf, delegationEnums, unionSizeIn } from "./facts.mjs";
import { sinceText, tsFile } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */
/** @typedef {import("./facts.mjs").Member} Member */

const dir = "packages/uapi/src/generated";

/**
 * Enums, errno, capabilities and flags as constant objects.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitEnums(facts) {
  const all = Object.values(facts.enums);
  const errno = { ts: "Errno", what: errnoWhat, prefix: "", members: facts.errno };
  const capability = {
    ts: "Capability",
    what: "Capabilities, by bit.",
    prefix: "CAP_",
    members: facts.capabilities,
  };
  const texts = {
    enums: all.filter((e) => e.ts !== "HelperId").map(enumText),
    helpers: all.filter((e) => e.ts === "HelperId").map(enumText),
    errno: [enumText(errno)],
    capability: [enumText(capability)],
    flags: Object.entries(facts.flags).map(flagText),
    constants: facts.constants.map(constant),
    releases: [releases(facts)],
    members: [memberTables(facts)],
  };
  return new Map(
    Object.entries(texts).map(([name, parts]) => [`${dir}/${name}.ts`, tsFile(parts.join("\n\n"))]),
  );
}

const errnoWhat =
  "Errors of system calls, as positive numbers. Numbers above 511 are kernel-internal; of these, only ENOTSUPP is known to reach user space.";

/** @param {{ ts: string, what: string, prefix: string, members: Member[] }} e */
function enumText(e) {
  const prefix = e.prefix === "" ? "" : ` Names without \`${e.prefix}\`.`;
  const t = e.ts;
  return `${object(t, `${e.what}${prefix}`, e.prefix, e.members)}
/** A value of {@link ${t}:variable | ${t}}. */
export type ${t} = (typeof ${t})[${t}Name];
/** A name in {@link ${t}:variable | ${t}}. */
export type ${t}Name = keyof typeof ${t};`;
}

/** @param {[string, import("./facts.mjs").FlagGroup]} entry */
function flagText([name, g]) {
  const prefix = g.prefix === "" ? "" : ` Names without \`${g.prefix}\`.`;
  return object(name, `${g.what}${prefix}`, g.prefix, g.members);
}

/**
 * @param {string} name
 * @param {string} what
 * @param {string} prefix - of the names in C
 * @param {Member[]} members
 */
function object(name, what, prefix, members) {
  // All flags of a group have one type, because they must be combinable with `|`.
  const big = members.some((m) => BigInt(m.value) > 0xffffffffn);
  const lines = members.flatMap((m) => {
    const notes = [`\`${m.c ?? `${prefix}${m.name}`}\`.`, sinceText(m.since)];
    if (m.aliasOf !== undefined) notes.push(`Alias of ${m.aliasOf}.`);
    const note = notes.filter((n) => n !== "").join(" ");
    return [`  /** ${note} */`, `  ${m.name}: ${literal(m.value, big)},`];
  });
  return `/** ${what} */\nexport const ${name} = {\n${lines.join("\n")}\n} as const;`;
}

/** @param {number | string} value @param {boolean} big */
function literal(value, big) {
  return big ? `${value}n` : `${value}`;
}

/** @param {import("./facts.mjs").Constant} c */
function constant(c) {
  const value = literal(c.value, BigInt(c.value) > 0xffffffffn);
  return `/** The kernel's \`${c.name}\`. */\nexport const ${c.name} = ${value};`;
}

/** @param {Facts} facts */
function releases(facts) {
  const rows = facts.releases.map(
    (r) => `  { name: "${r.name}", code: ${r.code}, attrSize: ${unionSizeIn(facts, r.code)} },`,
  );
  const names = facts.releases.map((r) => `"${r.name}"`).join(" | ");
  return `/** A known kernel release: a revision of the v10 patch series, or a Linux release. */
export type KernelRelease = ${names};

/** The newest release whose facts are known. */
export const newestRelease: KernelRelease = "${facts.releases.at(-1)?.name}";

/** The release that the model follows unless the caller chooses another one: the newest. */
export const defaultRelease: KernelRelease = newestRelease;

/** Name, code, and size of \`union bpf_attr\` in bytes of each release, oldest first. */
export const releaseTable: readonly {
  readonly name: KernelRelease;
  readonly code: number;
  readonly attrSize: number;
}[] = [
${rows.join("\n")}
];`;
}

/** @param {Facts} facts */
function memberTables(facts) {
  const tables = delegationEnums.map((key) => {
    const e = /** @type {import("./facts.mjs").EnumFacts} */ (facts.enums[key]);
    const rows = e.members.map((m) => {
      const until = m.until === undefined ? "" : `, ${codeOf(m.until)}`;
      return `    ["${m.name}", ${m.value}, ${codeOf(m.since)}${until}],`;
    });
    return `  ${key}: [\n${rows.join("\n")}\n  ],`;
  });
  const kinds = delegationEnums.map((k) => `"${k}"`).join(" | ");
  return `/** An enum whose values can be delegated. */
export type DelegationEnum = ${kinds};

/** Name, value, code of the first release (0: older than all), code of the first release without it. */
export type MemberRow = readonly [name: string, value: number, since: number, until?: number];

/** The members in order of declaration. Of two names for one value, print the first. */
export const memberTable: Readonly<Record<DelegationEnum, readonly MemberRow[]>> = {
${tables.join("\n")}
};`;
}
