// SPDX-License-Identifier: MIT
// @ts-check
import {
  codeOf,
  fieldsIn,
  isIn,
  parseType,
  structSizeIn,
  unionSizeIn,
} from "../../gen/uapi/facts.mjs";

/** @typedef {import("../../gen/uapi/facts.mjs").Facts} Facts */
/** @typedef {import("./btf.mjs").Btf} Btf */

/**
 * Compares facts with the BTF of a kernel.
 *
 * @param {Facts} facts
 * @param {Btf} btf
 * @param {number} code - the kernel's release, X * 1000 + Y
 * @returns {string[]} the differences, one line each
 */
export function compareWithBtf(facts, btf, code) {
  // Additions of a kernel that is newer than the facts are not differences.
  const newer = code > (facts.releases.at(-1)?.code ?? 0);
  return [
    ...enums(facts, btf, code, newer),
    ...flags(facts, btf),
    ...attributes(facts, btf, code, newer),
    ...structs(facts, btf, code, newer),
  ];
}

/**
 * @param {Facts} facts
 * @param {Btf} btf
 * @param {number} code
 * @param {boolean} newer
 */
function enums(facts, btf, code, newer) {
  const wrong = [];
  for (const [key, e] of Object.entries(facts.enums)) {
    const type = btf.find(`enum ${key}`);
    const values =
      type === undefined ? btf.enumerators() : new Map(type.values.map((v) => [v.name, v.value]));
    const known = new Set(e.max === undefined ? [] : [e.max]);
    for (const m of e.members.filter((x) => isIn(x, code))) {
      const name = `${e.prefix}${m.name}`;
      known.add(name);
      const value = values.get(name);
      if (value === undefined) wrong.push(`enum ${key}: the kernel has no ${name}`);
      else if (value !== BigInt(m.value))
        wrong.push(`enum ${key}: ${name} is ${value}, not ${m.value}`);
    }
    if (type === undefined || newer) continue;
    for (const name of values.keys()) {
      if (!known.has(name)) wrong.push(`enum ${key}: the kernel has ${name}, the facts do not`);
    }
    const order = [...values.keys()].filter((n) => known.has(n) && n !== e.max);
    const ours = e.members.filter((x) => isIn(x, code)).map((m) => `${e.prefix}${m.name}`);
    const at = order.findIndex((n, i) => n !== ours[i]);
    if (at >= 0 && order.length === ours.length) {
      wrong.push(`enum ${key}: ${order[at]} is declared where the facts have ${ours[at]}`);
    }
  }
  return wrong;
}

/** @param {Facts} facts @param {Btf} btf @returns {string[]} */
function flags(facts, btf) {
  const all = btf.enumerators();
  return Object.values(facts.flags).flatMap((g) =>
    g.members.flatMap((m) => {
      const name = m.c ?? `${g.prefix}${m.name}`;
      const value = all.get(name);
      const same = value === undefined || value === BigInt(m.value);
      return same ? [] : [`flag ${name} is ${value}, not ${m.value}`];
    }),
  );
}

/**
 * @param {Facts} facts
 * @param {Btf} btf
 * @param {number} code
 * @param {boolean} newer
 */
function attributes(facts, btf, code, newer) {
  const union = btf.find("union bpf_attr");
  if (union === undefined) return ["union bpf_attr: the kernel has none"];
  const wrong = [];
  const size = unionSizeIn(facts, code);
  if (newer ? union.size < size : union.size !== size) {
    wrong.push(`union bpf_attr: ${union.size} bytes, not ${size}`);
  }
  const parts = union.members.map((m) => ({
    name: m.name,
    fields: btf.fields(btf.resolve(m.type)),
  }));
  for (const [key, group] of Object.entries(facts.attr.groups)) {
    if (!isIn(group, code)) continue;
    const ours = fieldsIn(group, code);
    const part = parts.find((p) =>
      group.member === undefined
        ? p.name === "" && p.fields.has(ours[0]?.name ?? "")
        : p.name === group.member,
    );
    if (part === undefined) wrong.push(`union bpf_attr: the kernel has no part ${key}`);
    else wrong.push(...fields(`union bpf_attr, ${key}`, part.fields, ours, newer));
  }
  const named = parts.map((p) => p.name).filter((n) => n !== "" && !newer);
  const known = new Set(Object.values(facts.attr.groups).map((g) => g.member));
  for (const name of named) {
    if (!known.has(name))
      wrong.push(`union bpf_attr: the kernel has a part ${name}, the facts do not`);
  }
  return wrong;
}

/**
 * @param {Facts} facts
 * @param {Btf} btf
 * @param {number} code
 * @param {boolean} newer
 */
function structs(facts, btf, code, newer) {
  const wrong = [];
  for (const [key, s] of Object.entries(facts.structs)) {
    if (codeOf(s.since) > code) continue;
    const name = `struct ${s.c ?? key}`;
    const type = btf.find(name);
    if (type === undefined) {
      wrong.push(`${name}: the kernel has none`);
      continue;
    }
    const size = structSizeIn(s, code);
    if (newer ? type.size < size : type.size !== size)
      wrong.push(`${name}: ${type.size} bytes, not ${size}`);
    const theirs = btf.fields(type);
    // Reserved fields of the kernel have no public name.
    for (const field of [...theirs.keys()].filter((n) => /^(__|f_spare|f_fsid\.)/.test(n)))
      theirs.delete(field);
    wrong.push(...fields(name, theirs, fieldsIn(s, code), newer));
  }
  return wrong;
}

/**
 * @param {string} place
 * @param {Map<string, { bit: number, size: number, width: number }>} theirs
 * @param {import("../../gen/uapi/facts.mjs").FieldFacts[]} ours
 * @param {boolean} newer
 * @returns {string[]}
 */
function fields(place, theirs, ours, newer) {
  const wrong = [];
  for (const f of ours) {
    const their = theirs.get(f.name);
    if (their === undefined) {
      wrong.push(`${place}: the kernel has no field ${f.name}`);
      continue;
    }
    const bit = f.offset * 8 + (f.shift ?? 0);
    const size = parseType(f.type)?.size;
    if (their.bit !== bit) wrong.push(`${place}.${f.name}: at bit ${their.bit}, not ${bit}`);
    // The declared type of a bit field does not matter, only its position.
    if (their.width === 0 && their.size !== size)
      wrong.push(`${place}.${f.name}: ${their.size} bytes, not ${size}`);
    if (their.width !== (f.bits ?? 0))
      wrong.push(`${place}.${f.name}: ${their.width} bits, not ${f.bits ?? 0}`);
  }
  if (newer) return wrong;
  const known = new Set(ours.flatMap((f) => [f.name, f.name.split(".")[0]]));
  for (const [name, their] of theirs) {
    if (known.has(name) || isPart(their, ours)) continue;
    wrong.push(`${place}: the kernel has a field ${name}, the facts do not`);
  }
  return wrong;
}

/**
 * Whether bits belong to a field that the facts describe as a whole.
 *
 * @param {{ bit: number, width: number }} their
 * @param {import("../../gen/uapi/facts.mjs").FieldFacts[]} ours
 */
function isPart({ bit, width }, ours) {
  if (width === 0) return false;
  return ours.some(({ bits, offset, type }) => {
    const end = 8 * (offset + (parseType(type)?.size ?? 0));
    return bits === undefined && 8 * offset <= bit && bit + width <= end;
  });
}
