// SPDX-License-Identifier: MIT
// @ts-check
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf, readReleases } from "../../lib/releases.mjs";
import { validate } from "./validate.mjs";

export { codeOf };

/**
 * @typedef {{ name: string, value: number | string, since?: string, until?: string,
 *   aliasOf?: string, c?: string, internal?: boolean }} Member
 * @typedef {{ ts: string, prefix: string, max?: string, maxMacro?: string, header: string,
 *   what: string, members: Member[] }} EnumFacts
 * @typedef {{ prefix: string, header: string, what: string, members: Member[] }} FlagGroup
 * @typedef {{ name: string, value: number | string, header: string, since?: string,
 *   internal?: boolean }} Constant
 * @typedef {{ name: string, type: string, offset: number, since?: string, until?: string,
 *   bits?: number, shift?: number }} FieldFacts
 * @typedef {{ member?: string, since?: string, fields: FieldFacts[] }} AttrGroup
 * @typedef {{ field: string, since?: string }} LastField
 * @typedef {{ group: string, fields?: string[], lastField: LastField[] }} AttrCommand
 * @typedef {{ ts: string, header: string, what: string, c?: string, since?: string, size?: number,
 *   fields: FieldFacts[] }} StructFacts
 * @typedef {{ bytes?: number, arg?: string, unit?: number, struct?: string }} PtrSize
 * @typedef {{ name: string, kind: string, dir?: string, size?: PtrSize, enum?: string,
 *   flags?: string, optional?: boolean }} ArgFacts
 * @typedef {{ nr: number, name: string, since: string, returns: string, fdKind?: string,
 *   what: string, args: ArgFacts[] }} SyscallFacts
 * @typedef {{ rule: string, caps: string[], since?: string, until?: string, token?: boolean,
 *   onlyIn?: string, notIn?: string, types?: string[], helpers?: string[],
 *   commands?: string[] }} NeedRule
 * @typedef {{
 *   releases: import("../../lib/releases.mjs").Release[],
 *   enums: Record<string, EnumFacts>, errno: Member[], capabilities: Member[],
 *   flags: Record<string, FlagGroup>, constants: Constant[],
 *   attr: { unionSize: { since?: string, size: number }[], groups: Record<string, AttrGroup>,
 *     commands: Record<string, AttrCommand> },
 *   structs: Record<string, StructFacts>, syscalls: SyscallFacts[],
 *   needs: Record<"maps" | "programs" | "helpers" | "commands", NeedRule[]> }} Facts
 */

/** The enums whose members can be delegated, in the order of the four masks. */
export const delegationEnums = ["bpf_cmd", "bpf_map_type", "bpf_prog_type", "bpf_attach_type"];

/**
 * For each kind of rule about capabilities: the enum of its names, the field that lists them, and
 * whether each member of the enum must have a rule.
 *
 * @type {Readonly<Record<string, { enum: string, names: "types" | "helpers" | "commands",
 *   every: boolean }>>}
 */
export const needKinds = {
  maps: { enum: "bpf_map_type", names: "types", every: true },
  programs: { enum: "bpf_prog_type", names: "types", every: true },
  helpers: { enum: "bpf_func_id", names: "helpers", every: false },
  commands: { enum: "bpf_cmd", names: "commands", every: false },
};

/**
 * Whether something exists in a release; `until` names the first release without it.
 *
 * @param {{ since?: string, until?: string }} thing
 * @param {number} code
 */
export function isIn(thing, code) {
  if (codeOf(thing.since) > code) return false;
  return thing.until === undefined || code < codeOf(thing.until);
}

/** Bytes of one element of a field type. @type {Readonly<Record<string, number>>} */
export const elementSizes = {
  u8: 1,
  char: 1,
  s16: 2,
  u16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
  ptr: 8,
};

/**
 * @param {string} type - `u32`, `char[16]`, …
 * @returns {{ base: string, count: number, align: number, size: number, array: boolean } | undefined}
 */
export function parseType(type) {
  const m = /^(\w+?)(?:\[(\d+)\])?$/.exec(type);
  const align = m === null ? undefined : elementSizes[/** @type {string} */ (m[1])];
  if (m === null || align === undefined) return undefined;
  const count = m[2] === undefined ? 1 : Number(m[2]);
  const base = /** @type {string} */ (m[1]);
  return { base, count, align, size: align * count, array: m[2] !== undefined };
}

/** @param {FieldFacts} field - returns the offset of the byte after it */
export function endOf(field) {
  return field.offset + (parseType(field.type)?.size ?? Number.NaN);
}

/**
 * The fields of a group or structure in a release.
 *
 * @param {{ fields: FieldFacts[] }} group
 * @param {number} code
 */
export function fieldsIn(group, code) {
  return group.fields.filter((f) => isIn(f, code));
}

/**
 * The last field of a command in a release. All bytes after it must be zero.
 *
 * @param {Facts} facts
 * @param {string} cmd
 * @param {number} code
 * @returns {FieldFacts}
 */
export function lastFieldIn(facts, cmd, code) {
  const command = facts.attr.commands[cmd];
  if (command === undefined) throw new Error(`facts.json: attr.commands.${cmd}: missing`);
  const name = command.lastField.findLast((l) => codeOf(l.since) <= code)?.field;
  const group = /** @type {AttrGroup} */ (facts.attr.groups[command.group]);
  const field = fieldsIn(group, code).find((f) => f.name === name);
  if (field === undefined) {
    throw new Error(`facts.json: attr.commands.${cmd}: no field '${name}' in release ${code}`);
  }
  return field;
}

/**
 * @param {Facts} facts
 * @param {number} code
 */
export function unionSizeIn(facts, code) {
  return facts.attr.unionSize.findLast((u) => codeOf(u.since) <= code)?.size ?? Number.NaN;
}

/**
 * Size of a structure in a release, in bytes.
 *
 * @param {StructFacts} struct
 * @param {number} code
 */
export function structSizeIn(struct, code) {
  if (struct.size !== undefined) return struct.size;
  const fields = fieldsIn(struct, code);
  const align = Math.max(...fields.map((f) => parseType(f.type)?.align ?? 1));
  return Math.ceil(Math.max(...fields.map(endOf)) / align) * align;
}

/**
 * One more than the highest value of an enum in a release.
 *
 * @param {EnumFacts} facts
 * @param {number} code
 */
export function boundIn(facts, code) {
  return Math.max(...facts.members.filter((m) => isIn(m, code)).map((m) => Number(m.value))) + 1;
}

/**
 * Reads and checks the facts, and the list of releases in the same folder.
 *
 * @param {string | URL} path
 * @returns {Facts}
 * @throws Error that names every place that is wrong
 */
export function loadFacts(path) {
  /** @type {unknown} */
  let data;
  try {
    const file = path instanceof URL ? fileURLToPath(path) : path;
    const facts = JSON.parse(readFileSync(file, "utf8"));
    data = { releases: readReleases(join(dirname(file), "releases.json")), ...facts };
  } catch (cause) {
    throw new Error(`facts.json: ${/** @type {Error} */ (cause).message}`, { cause });
  }
  const wrong = validate(data);
  if (wrong.length > 0) throw new Error(wrong.map((w) => `facts.json: ${w}`).join("\n"));
  return /** @type {Facts} */ (data);
}
