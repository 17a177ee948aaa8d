// SPDX-License-Identifier: MIT
// @ts-check
import { fillTemplate } from "../../lib/template.mjs";
import { emitFields } from "./emit-c-fields.mjs";
import { codeOf, endOf, fieldsIn, parseType, structSizeIn } from "./facts.mjs";
import { cHeader, guarded, joinGuards } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

const licence = "GPL-2.0-only";
const dir = "core-c/include/uapi";

/** Headers with a template for content that is not numeric. */
const extras = new Set(["stat", "capability"]);

/** @param {string} name */
function templateText(name) {
  return fillTemplate(new URL(`templates/${name}.h`, import.meta.url));
}

/**
 * The headers of the kernel's user-space API, one file per kernel header.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>} path to text
 */
export function emitUapi(facts) {
  const files = new Map();
  const names = new Set([
    ...Object.values(facts.enums).map((e) => e.header),
    ...Object.values(facts.flags).map((f) => f.header),
    ...Object.values(facts.structs).map((s) => s.header),
    ...facts.constants.map((c) => c.header),
    "capability",
  ]);
  for (const name of [...names].sort()) {
    const path = name.includes("/") ? `${name}.h` : `linux/${name}.h`;
    files.set(`${dir}/${path}`, cHeader(licence, guardName(path), header(facts, name)));
  }
  files.set(
    `${dir}/asm-generic/errno.h`,
    cHeader(licence, "_UAPI_ASM_GENERIC_ERRNO_H", errno(facts)),
  );
  files.set(`${dir}/linux/types.h`, cHeader(licence, "_UAPI_LINUX_TYPES_H", templateText("types")));
  return files;
}

/** @param {string} path */
export function guardName(path) {
  return `_UAPI_${path.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/**
 * @param {Facts} facts
 * @param {string} name
 */
function header(facts, name) {
  const oldest = facts.releases[0]?.code ?? 0;
  const blocks = ["#include <linux/types.h>"];
  blocks.push(releaseMacro(facts));
  for (const [key, e] of Object.entries(facts.enums)) {
    if (e.header === name) blocks.push(enumBlock(oldest, key, e));
  }
  if (name === "capability") blocks.push(defines("CAP_", facts.capabilities, oldest));
  const constants = facts.constants.filter((c) => c.header === name);
  if (constants.length > 0) blocks.push(defines("", constants, oldest));
  for (const f of Object.values(facts.flags)) {
    if (f.header === name) blocks.push(`/* ${f.what} */\n${defines(f.prefix, f.members, oldest)}`);
  }
  if (name === "bpf") blocks.push(unionBlock(facts));
  for (const [key, s] of Object.entries(facts.structs)) {
    if (s.header === name) blocks.push(structBlock(facts, key, s));
  }
  if (extras.has(name)) blocks.push(templateText(name));
  return blocks.join("\n\n");
}

/** @param {Facts} facts */
function releaseMacro(facts) {
  const newest = facts.releases.at(-1)?.code;
  return `#ifndef UAPI_RELEASE\n#define UAPI_RELEASE ${newest}\n#endif`;
}

/**
 * @param {number} oldest
 * @param {string} key
 * @param {import("./facts.mjs").EnumFacts} e
 */
function enumBlock(oldest, key, e) {
  const lines = joinGuards(
    e.members.flatMap((m) => guarded(oldest, m, [`\t${e.prefix}${m.name} = ${m.value},`])),
  );
  if (e.max !== undefined) lines.push(`\t${e.max}`);
  const macro = e.maxMacro === undefined ? "" : `\n\n#define ${e.maxMacro} ${e.max}`;
  return `/* ${e.what} */\nenum ${key} {\n${lines.join("\n")}\n};${macro}`;
}

/**
 * @param {string} prefix
 * @param {import("./facts.mjs").Member[] | import("./facts.mjs").Constant[]} members
 * @param {number} oldest
 */
function defines(prefix, members, oldest) {
  const lines = members.flatMap((m) => {
    const name = "c" in m && m.c !== undefined ? m.c : `${prefix}${m.name}`;
    return guarded(oldest, "since" in m ? m : {}, [`#define ${name} ${literal(m.value)}`]);
  });
  return joinGuards(lines).join("\n");
}

/** @param {number | string} value */
function literal(value) {
  if (typeof value === "number") return value < 0 ? `(${value})` : `${value}`;
  const n = BigInt(value);
  return n > 0xffffffffn ? `${value}ULL` : n > 0x7fffffffn ? `${value}U` : value;
}

/** @param {Facts} facts */
function ages(facts) {
  return { codes: facts.releases.map((r) => r.code), oldest: facts.releases[0]?.code ?? 0 };
}

/** @param {Facts} facts */
function unionBlock(facts) {
  const parts = Object.entries(facts.attr.groups).map(([name, g]) => {
    const users = Object.entries(facts.attr.commands)
      .filter(([, c]) => c.group === name)
      .map(([c]) => c);
    // A field that is as old as its group needs no condition of its own.
    const bare = g.fields.map((f) => (f.since === g.since ? without(f, "since") : f));
    const fields = emitFields(ages(facts), bare).map((l) => (l.startsWith("#") ? l : `\t\t${l}`));
    const body = [`\tstruct { /* ${wrap(users)} */`, ...fields];
    body.push(g.member === undefined ? "\t};" : `\t} ${g.member};`);
    return guarded(ages(facts).oldest, g, body).join("\n");
  });
  const head = "/* The argument of bpf(2): one structure per command, all at the same offset. */";
  return `${head}\nunion bpf_attr {\n${parts.join("\n\n")}\n} __attribute__((aligned(8)));`;
}

/**
 * @template {object} T
 * @param {T} object
 * @param {keyof T} key
 * @returns {T}
 */
function without(object, key) {
  const copy = { ...object };
  delete copy[key];
  return copy;
}

/** @param {string[]} names */
function wrap(names) {
  const lines = [""];
  for (const n of names) {
    const last = /** @type {string} */ (lines.at(-1));
    if (last.length + n.length > 60) lines.push(n);
    else lines[lines.length - 1] = last === "" ? n : `${last}, ${n}`;
  }
  return lines.join(",\n\t\t  * ");
}

/**
 * @param {Facts} facts
 * @param {string} key
 * @param {import("./facts.mjs").StructFacts} s
 */
function structBlock(facts, key, s) {
  const oldest = ages(facts).oldest;
  const lines = emitFields(ages(facts), s.fields).map((l) => (l.startsWith("#") ? l : `\t${l}`));
  const newest = facts.releases.at(-1)?.code ?? 0;
  if (s.size !== undefined) {
    const rest = s.size - Math.max(...fieldsIn(s, newest).map(endOf));
    if (rest > 0) lines.push(`\t__aligned_u64 __reserved[${rest / 8}];`);
  }
  const body = [`/* ${s.what} */`, `struct ${s.c ?? key} {`, ...lines, "};"];
  return guarded(oldest, s, body).join("\n");
}

/** @param {Facts} facts */
function errno(facts) {
  const line = (/** @type {import("./facts.mjs").Member} */ m) =>
    `#define ${m.name} ${m.aliasOf ?? m.value}`;
  const outside = facts.errno.filter((m) => m.internal !== true).map(line);
  const inside = facts.errno.filter((m) => m.internal === true).map(line);
  return `${outside.join("\n")}\n\n/* Kernel-internal; of these, ENOTSUPP reaches user space. */\n${inside.join("\n")}`;
}

/**
 * Sizes and offsets as compile-time assertions: a header that a test writes and compiles.
 *
 * @param {Facts} facts
 * @returns {string}
 */
export function assertsHeader(facts) {
  const blocks = ["#include <uapi/linux/bpf.h>"];
  for (const header of ["capability", "openat2", "resource"]) {
    blocks.push(`#include <uapi/linux/${header}.h>`);
  }
  blocks.push("#include <uapi/asm/stat.h>\n#include <uapi/asm/statfs.h>");
  for (const { name, code } of facts.releases) blocks.push(assertsOf(facts, name, code));
  return cHeader(licence, "_GENERATED_UAPI_ASSERTS_H", blocks.join("\n"));
}

/**
 * @param {Facts} facts
 * @param {string} name
 * @param {number} code
 */
function assertsOf(facts, name, code) {
  const size = facts.attr.unionSize.findLast((u) => codeOf(u.since) <= code)?.size;
  const lines = [`/* ${name} */`, `#if UAPI_RELEASE == ${code}`];
  const assert = (/** @type {string} */ e) => lines.push(`_Static_assert(${e}, "${e}");`);
  assert(`sizeof(union bpf_attr) == ${size}`);
  for (const g of Object.values(facts.attr.groups)) {
    if (codeOf(g.since) > code) continue;
    const prefix = g.member === undefined ? "" : `${g.member}.`;
    for (const f of fieldsIn(g, code)) {
      assert(`__builtin_offsetof(union bpf_attr, ${prefix}${f.name}) == ${f.offset}`);
    }
  }
  for (const [key, s] of Object.entries(facts.structs)) {
    if (codeOf(s.since) > code) continue;
    const c = `struct ${s.c ?? key}`;
    assert(`sizeof(${c}) == ${structSizeIn(s, code)}`);
    for (const f of fieldsIn(s, code)) {
      if (f.bits !== undefined || parseType(f.type) === undefined) continue;
      assert(`__builtin_offsetof(${c}, ${f.name}) == ${f.offset}`);
    }
  }
  return [...lines, "#endif"].join("\n");
}
