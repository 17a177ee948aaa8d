// SPDX-License-Identifier: MIT
// @ts-check
import { codeOf, endOf, isIn, parseType } from "./facts.mjs";
import { guarded, joinGuards } from "./text.mjs";

/** @typedef {import("./facts.mjs").FieldFacts} FieldFacts */
/** @typedef {{ codes: readonly number[], oldest: number }} Ages */

/** @type {Readonly<Record<string, string>>} */
const cTypes = {
  u8: "__u8",
  char: "char",
  u16: "__u16",
  s16: "__s16",
  u32: "__u32",
  s32: "__s32",
  u64: "__aligned_u64",
  s64: "__aligned_s64",
  ptr: "__aligned_u64",
};

/** @param {FieldFacts} field @param {string} name */
function declaration(field, name) {
  const type = parseType(field.type);
  const array = type?.array === true ? `[${type.count}]` : "";
  const bits = field.bits === undefined ? "" : ` : ${field.bits}`;
  return `${cTypes[type?.base ?? ""]} ${name}${array}${bits};`;
}

/** @param {FieldFacts} field */
function leaf(field) {
  return field.name.slice(field.name.indexOf(".") + 1);
}

/** @param {string[]} lines */
function indent(lines) {
  return lines.map((l) => (l.startsWith("#") || l === "" ? l : `\t${l}`));
}

/**
 * The declarations of fields, as C lines. Fields at the same offset become a union. Dotted fields
 * (`kprobe_multi.cnt`) become a named structure in a union with all fields at that place.
 *
 * @param {Ages} ages
 * @param {FieldFacts[]} fields - in the order of declaration
 * @returns {string[]}
 */
export function emitFields(ages, fields) {
  return joinGuards(emitAll(ages, fields));
}

/**
 * @param {Ages} ages
 * @param {FieldFacts[]} fields
 * @returns {string[]}
 */
function emitAll(ages, fields) {
  const dotted = fields.filter((f) => f.name.includes("."));
  if (dotted.length === 0) return emitPlain(ages, fields);
  const zone = Math.min(...dotted.map((f) => f.offset));
  const head = fields.filter((f) => f.offset < zone);
  const tail = fields.filter((f) => f.offset >= zone);
  const inside = runs(tail).flatMap((run) => emitRun(ages, run));
  return [...emitPlain(ages, head), "union {", ...indent(inside), "};"];
}

/**
 * Splits overlapping fields into their original structures.
 *
 * @param {FieldFacts[]} fields
 * @returns {FieldFacts[][]}
 */
function runs(fields) {
  /** @type {FieldFacts[][]} */
  const all = [];
  for (const f of fields) {
    const run = all.at(-1);
    const prefix = f.name.includes(".") ? f.name.split(".")[0] : undefined;
    const last = run?.at(-1);
    const lastPrefix = last?.name.includes(".") ? last.name.split(".")[0] : undefined;
    const joins =
      last !== undefined &&
      prefix === lastPrefix &&
      (prefix !== undefined || f.offset >= endOf(last));
    if (joins) run?.push(f);
    else all.push([f]);
  }
  return all;
}

/**
 * @param {Ages} ages
 * @param {FieldFacts[]} run
 * @returns {string[]}
 */
function emitRun(ages, run) {
  const first = /** @type {FieldFacts} */ (run[0]);
  const dot = first.name.indexOf(".");
  if (run.length === 1 && dot < 0) return emitPlain(ages, run);
  const name = dot < 0 ? "" : ` ${first.name.slice(0, dot)}`;
  const inner = emitPlain(
    ages,
    run.map((f) => strip(f)),
  );
  return guarded(ages.oldest, first, ["struct {", ...indent(inner), `}${name};`]);
}

/** @param {FieldFacts} field @returns {FieldFacts} without prefix and, as its structure has it, age */
function strip(field) {
  const bare = { ...field, name: leaf(field) };
  delete bare.since;
  delete bare.until;
  return bare;
}

/**
 * @param {Ages} ages
 * @param {FieldFacts[]} fields
 * @returns {string[]}
 */
function emitPlain(ages, fields) {
  /** @type {string[]} */
  const lines = [];
  for (let i = 0; i < fields.length; ) {
    const first = /** @type {FieldFacts} */ (fields[i]);
    let n = 1;
    while (i + n < fields.length && sharesPlace(ages, first, fields[i + n])) n++;
    const group = fields.slice(i, i + n);
    const members = group.map((f) => declaration(f, f.name));
    if (n === 1) lines.push(...guarded(ages.oldest, first, members));
    else
      lines.push(...guarded(ages.oldest, oldestOf(group), ["union {", ...indent(members), "};"]));
    i += n;
  }
  return lines;
}

/** @param {FieldFacts[]} group @returns {FieldFacts} */
function oldestOf(group) {
  return group.reduce((a, b) => (codeOf(b.since) < codeOf(a.since) ? b : a));
}

/**
 * @param {Ages} ages
 * @param {FieldFacts} a
 * @param {FieldFacts | undefined} b
 */
function sharesPlace(ages, a, b) {
  if (b === undefined || a.offset !== b.offset || a.bits !== undefined) return false;
  return ages.codes.some((c) => isIn(a, c) && isIn(b, c));
}
