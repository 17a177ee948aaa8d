// SPDX-License-Identifier: MIT
// @ts-check
import {
  codeOf,
  endOf,
  fieldsIn,
  isIn,
  needKinds,
  parseType,
  structSizeIn,
  unionSizeIn,
} from "./facts.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

const argKinds = ["fd", "int", "uint", "long", "ulong", "mode", "str", "ptr"];
const sections = [
  "releases",
  "enums",
  "errno",
  "capabilities",
  "flags",
  "constants",
  "attr",
  "structs",
  "needs",
  "syscalls",
];

/**
 * @param {unknown} data - the content of facts.json
 * @returns {string[]} the errors, each with its place; empty if there are none
 */
export function validate(data) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return ["not an object"];
  const missing = sections.filter((s) => !(s in data)).map((s) => `${s}: missing`);
  const unknown = Object.keys(data)
    .filter((s) => !sections.includes(s))
    .map((s) => `${s}: unknown section`);
  if (missing.length + unknown.length > 0) return [...missing, ...unknown];
  const facts = /** @type {Facts} */ (data);
  const wrong = [...releases(facts), ...members(facts), ...layouts(facts)];
  return wrong.length > 0 ? wrong : [...commands(facts), ...needs(facts), ...syscalls(facts)];
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function releases(facts) {
  const wrong = [];
  for (const [i, r] of facts.releases.entries()) {
    const place = `releases[${i}] (${r.name})`;
    if (codeOf(r.name) !== r.code) wrong.push(`${place}: code ${r.code} is not ${codeOf(r.name)}`);
    if (i > 0 && r.code <= (facts.releases[i - 1]?.code ?? 0)) wrong.push(`${place}: out of order`);
  }
  return wrong;
}

/**
 * @param {string} place
 * @param {{ since?: string, until?: string }} thing
 * @returns {string[]}
 */
function span(place, thing) {
  const wrong = [];
  for (const key of /** @type {const} */ (["since", "until"])) {
    const text = thing[key];
    // Linux 2.6 and older have three numbers and count as "always".
    if (text !== undefined && Number.isNaN(codeOf(text))) {
      wrong.push(`${place}: ${key} '${text}' is not a release`);
    }
  }
  if (thing.until !== undefined && codeOf(thing.until) <= codeOf(thing.since)) {
    wrong.push(`${place}: until '${thing.until}' is not after since '${thing.since}'`);
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function members(facts) {
  const lists = [
    ...Object.entries(facts.enums).map(([n, e]) => ({ at: `enums.${n}.members`, of: e.members })),
    ...Object.entries(facts.flags).map(([n, f]) => ({ at: `flags.${n}.members`, of: f.members })),
    { at: "errno", of: facts.errno },
    { at: "capabilities", of: facts.capabilities },
    { at: "constants", of: facts.constants },
  ];
  const wrong = [];
  for (const { at, of } of lists) {
    const seen = new Map();
    for (const [i, m] of of.entries()) {
      const place = `${at}[${i}] (${m.name})`;
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(m.name)) wrong.push(`${place}: not a name`);
      if (seen.has(m.name)) wrong.push(`${place}: twice`);
      if (!isNumber(m.value)) wrong.push(`${place}: value '${m.value}' is not a number`);
      const alias = "aliasOf" in m ? m.aliasOf : undefined;
      if (alias !== undefined && seen.get(alias) !== m.value) {
        wrong.push(`${place}: aliasOf '${alias}' is not an earlier member of the same value`);
      }
      wrong.push(...span(place, m));
      seen.set(m.name, m.value);
    }
  }
  return wrong;
}

/**
 * Each name of a rule must exist, and each map type and program type must have exactly one rule.
 *
 * @param {Facts} facts
 * @returns {string[]}
 */
function needs(facts) {
  const caps = new Set(facts.capabilities.map(({ name }) => name));
  const wrong = [];
  for (const [kind, { enum: key, names, every }] of Object.entries(needKinds)) {
    const members = facts.enums[key]?.members ?? [];
    const rules = facts.needs[/** @type {"maps"} */ (kind)];
    const named = rules.flatMap((rule) => rule[names] ?? []);
    for (const [i, rule] of rules.entries()) {
      const place = `needs.${kind}[${i}] (${rule.rule})`;
      wrong.push(...span(place, rule));
      const unknown = [
        ...rule.caps.filter((cap) => !caps.has(cap)),
        ...(rule[names] ?? []).filter((name) => !members.some((m) => m.name === name)),
      ];
      wrong.push(...unknown.map((name) => `${place}: unknown name '${name}'`));
    }
    if (!every) continue;
    const numberOf = (/** @type {string} */ name) => members.find((m) => m.name === name)?.value;
    const values = named.map(numberOf);
    for (const { name, value } of members.filter((m) => m.name !== "UNSPEC")) {
      const times = values.filter((one) => one === value).length;
      if (times !== 1) wrong.push(`needs.${kind}: '${name}' has ${times} rules, not 1`);
    }
  }
  return wrong;
}

/** @param {unknown} value */
function isNumber(value) {
  if (typeof value === "number") return Number.isSafeInteger(value);
  return typeof value === "string" && /^0x[0-9a-f]+$/.test(value);
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function layouts(facts) {
  const all = [
    ...Object.entries(facts.attr.groups).map(([n, g]) => ({ at: `attr.groups.${n}`, of: g })),
    ...Object.entries(facts.structs).map(([n, s]) => ({ at: `structs.${n}`, of: s })),
  ];
  const wrong = [];
  for (const { at, of } of all) {
    wrong.push(...span(at, of));
    for (const [i, f] of of.fields.entries()) {
      const place = `${at}.fields[${i}] (${f.name})`;
      const type = parseType(f.type);
      if (type === undefined) wrong.push(`${place}: type '${f.type}' is unknown`);
      else if (f.offset % type.align !== 0) wrong.push(`${place}: offset ${f.offset} not aligned`);
      if (f.bits !== undefined && f.bits + (f.shift ?? 0) > 8 * (type?.align ?? 0)) {
        wrong.push(`${place}: ${f.bits} bits do not fit`);
      }
      wrong.push(...span(place, f));
      const other = of.fields
        .slice(0, i)
        .find((o) => o.name === f.name && overlapInTime(facts, o, f));
      if (other !== undefined) wrong.push(`${place}: twice in the same release`);
    }
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @param {{ since?: string, until?: string }} a
 * @param {{ since?: string, until?: string }} b
 */
function overlapInTime(facts, a, b) {
  return facts.releases.some((r) => isIn(a, r.code) && isIn(b, r.code));
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function commands(facts) {
  const wrong = [];
  const cmds = facts.enums.bpf_cmd?.members ?? [];
  for (const m of cmds) {
    if (m.aliasOf === undefined && !(m.name in facts.attr.commands)) {
      wrong.push(`attr.commands: '${m.name}' is missing`);
    }
  }
  for (const [name, command] of Object.entries(facts.attr.commands)) {
    const place = `attr.commands.${name}`;
    const cmd = cmds.find((m) => m.name === name);
    const group = facts.attr.groups[command.group];
    if (cmd === undefined) wrong.push(`${place}: not a command`);
    if (group === undefined) wrong.push(`${place}: group '${command.group}' is unknown`);
    if (cmd === undefined || group === undefined) continue;
    for (const f of command.fields ?? []) {
      if (!group.fields.some((g) => g.name === f)) wrong.push(`${place}: field '${f}' is unknown`);
    }
    for (const { name: release, code } of facts.releases.filter((r) => isIn(cmd, r.code))) {
      const last = command.lastField.findLast((l) => codeOf(l.since) <= code)?.field;
      const fields = fieldsIn(group, code);
      if (!fields.some((f) => f.name === last)) {
        wrong.push(`${place}: ${release} has no last field '${last}'`);
      }
      const end = Math.max(...fields.map(endOf));
      if (end > unionSizeIn(facts, code)) {
        wrong.push(`${place}: ends at ${end}, beyond the union of ${release}`);
      }
    }
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
function syscalls(facts) {
  const wrong = [];
  const seen = new Set();
  for (const [i, s] of facts.syscalls.entries()) {
    const place = `syscalls[${i}] (${s.name})`;
    if (seen.has(s.name) || seen.has(s.nr)) wrong.push(`${place}: twice`);
    seen.add(s.name).add(s.nr);
    if (i > 0 && s.nr < (facts.syscalls[i - 1]?.nr ?? 0)) wrong.push(`${place}: out of order`);
    if (!["int", "fd", "long"].includes(s.returns)) wrong.push(`${place}: returns '${s.returns}'`);
    if (s.args.length > 6) wrong.push(`${place}: more than six arguments`);
    for (const a of s.args) wrong.push(...argument(facts, s, a, `${place}.${a.name}`));
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @param {import("./facts.mjs").SyscallFacts} call
 * @param {import("./facts.mjs").ArgFacts} arg
 * @param {string} place
 * @returns {string[]}
 */
function argument(facts, call, arg, place) {
  const wrong = [];
  if (!argKinds.includes(arg.kind)) wrong.push(`${place}: kind '${arg.kind}' is unknown`);
  if (arg.kind === "ptr" && !["in", "out", "inout"].includes(arg.dir ?? "")) {
    wrong.push(`${place}: a pointer needs dir in, out or inout`);
  }
  if (arg.flags !== undefined && !(arg.flags in facts.flags)) {
    wrong.push(`${place}: flags '${arg.flags}' is not a group`);
  }
  if (arg.enum !== undefined && !(arg.enum in facts.enums)) {
    wrong.push(`${place}: enum '${arg.enum}' is unknown`);
  }
  const before = call.args[call.args.indexOf(arg) - 1];
  if (before?.optional === true && arg.optional !== true) {
    wrong.push(`${place}: not optional, but '${before.name}' before it is`);
  }
  const { arg: count, struct } = arg.size ?? {};
  if (count !== undefined && !call.args.some((a) => a.name === count)) {
    wrong.push(`${place}: size by '${count}', which is not an argument`);
  }
  if (struct !== undefined && !Number.isFinite(structSize(facts, struct))) {
    wrong.push(`${place}: size of '${struct}', which is not a structure`);
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @param {string} name
 */
function structSize(facts, name) {
  const struct = facts.structs[name];
  return struct === undefined ? Number.NaN : structSizeIn(struct, 1);
}
