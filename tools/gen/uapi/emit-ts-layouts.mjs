// SPDX-License-Identifier: MIT
// @ts-check
import { codeOf, endOf, fieldsIn, isIn, lastFieldIn, parseType, structSizeIn } from "./facts.mjs";
import { sinceShort, textOfLines, tsFile } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */
/** @typedef {import("./facts.mjs").FieldFacts} FieldFacts */

const dir = "packages/uapi/src/generated";

/** The TypeScript type of a field's value. @param {FieldFacts} f */
function tsType(f) {
  const t = parseType(f.type);
  if (t === undefined) throw new Error(`unknown type ${f.type}`);
  if (t.base === "char") return "Text";
  if (t.base === "ptr") return "Ptr";
  if (t.array) return t.base === "u8" ? "Uint8Array" : "readonly number[]";
  return t.base === "u64" || t.base === "s64" ? "Wide" : "number";
}

/** @param {string} cmd - MAP_CREATE @returns {string} MapCreateAttr */
export function attrName(cmd) {
  const words = cmd.split("_").map((w) => w.charAt(0) + w.slice(1).toLowerCase());
  return `${words.join("")}Attr`;
}

/**
 * @param {string} name
 * @param {string} what
 * @param {FieldFacts[]} fields
 */
function interfaceText(name, what, fields) {
  /** @type {Map<string, FieldFacts[]>} */
  const byName = new Map();
  for (const f of fields) byName.set(f.name, [...(byName.get(f.name) ?? []), f]);
  const lines = [...byName].flatMap(([field, variants]) => {
    const type = [...new Set(variants.map(tsType))].join(" | ");
    const key = /^\w+$/.test(field) ? field : `"${field}"`;
    return [`  /** ${fieldNote(variants)} */`, `  readonly ${key}: ${type};`];
  });
  return `/** ${what} */\nexport interface ${name} {\n${lines.join("\n")}\n}`;
}

/** @param {FieldFacts[]} variants */
function fieldNote(variants) {
  const parts = variants.map((f) => {
    const since = codeOf(f.since) > 0 ? `, since ${sinceOf(f)}` : "";
    const until = f.until === undefined ? "" : `, before Linux ${f.until}`;
    const bits = f.bits === undefined ? "" : `, ${f.bits} bit${f.bits === 1 ? "" : "s"}`;
    return `\`${f.type}\` at byte ${f.offset}${bits}${since}${until}`;
  });
  return `${parts.join("; ")}.`;
}

/** @param {FieldFacts} f */
function sinceOf(f) {
  return f.since?.startsWith("v10") ? `the series' ${f.since}` : sinceShort(f.since ?? "");
}

/**
 * @param {Facts} facts
 * @param {string} cmd
 * @returns {FieldFacts[]}
 */
function commandFields(facts, cmd) {
  const command = facts.attr.commands[cmd];
  const group = facts.attr.groups[command?.group ?? ""];
  if (command === undefined || group === undefined) throw new Error(`no attribute for ${cmd}`);
  const { fields } = command;
  return fields === undefined ? group.fields : group.fields.filter((f) => fields.includes(f.name));
}

/**
 * Interfaces of attributes and structures, and the tables that describe their layouts.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitLayouts(facts) {
  return new Map([
    [`${dir}/attr-types.ts`, tsFile(attrTypes(facts))],
    [`${dir}/attr-table.ts`, tsFile(attrTable(facts))],
    [`${dir}/struct-types.ts`, tsFile(structTypes(facts))],
    [`${dir}/struct-table.ts`, tsFile(structTable(facts))],
  ]);
}

const imports =
  'import type { Text, Wide } from "../layout/layout-types.js";\nimport type { Ptr } from "../layout/memory.js";';

/** @param {Facts} facts */
function attrTypes(facts) {
  const cmds = facts.enums.bpf_cmd?.members ?? [];
  const texts = Object.keys(facts.attr.commands).map((cmd) => {
    const since = cmds.find((m) => m.name === cmd)?.since ?? "";
    const what = `Attributes of ${cmd}. Since ${sinceShort(since)}.`;
    return interfaceText(attrName(cmd), what, commandFields(facts, cmd));
  });
  const map = cmds.map((m) => `  readonly ${m.name}: ${attrName(m.aliasOf ?? m.name)};`);
  const byCmd = `/** The attribute of each command of bpf(2), by the command's name. */
export interface AttrByCmd {
${map
  .join("\n")
  .replace(/^/gm, "")
  .replace(/ {2}readonly (\w+)/g, "  /** See the type. */\n  readonly $1")}
}`;
  return [imports, ...texts, byCmd].join("\n\n");
}

/** @param {FieldFacts} f */
function rowOf(f) {
  const cells = [f.name, f.type, f.offset, codeOf(f.since)];
  cells.push(f.until === undefined ? 0 : codeOf(f.until));
  if (f.bits !== undefined) cells.push(f.shift ?? 0, f.bits);
  else while (cells.length > 3 && cells.at(-1) === 0) cells.pop();
  return cells.join(" ");
}

/**
 * A property of a table. `readRow()` of `layout/table-row.ts` parses its text.
 *
 * @param {string} name
 * @param {string[]} sizes
 * @param {FieldFacts[]} fields
 */
function rowText(name, sizes, fields) {
  return `  ${name}: ${textOfLines([sizes.join(","), ...fields.map(rowOf)])},`;
}

/** @param {Facts} facts */
function attrTable(facts) {
  const cmds = facts.enums.bpf_cmd?.members ?? [];
  const rows = Object.keys(facts.attr.commands).map((cmd) => {
    const member = cmds.find((m) => m.name === cmd);
    /** @type {string[]} */
    const ends = [];
    let before = -1;
    for (const { code } of facts.releases.filter((r) => isIn(member ?? {}, r.code))) {
      const end = endOf(lastFieldIn(facts, cmd, code));
      if (end !== before) ends.push(`${code} ${end}`);
      before = end;
    }
    return rowText(cmd, ends, commandFields(facts, cmd));
  });
  return `import type { BpfCmdName } from "./enums.js";

/**
 * Attributes of the commands (PROG_RUN is PROG_TEST_RUN): end of the last field, and the fields.
 * \`readRow()\` parses a row.
 */
export const attrTable: Readonly<Record<Exclude<BpfCmdName, "PROG_RUN">, string>> = {
${rows.join("\n")}
};`;
}

/** @param {Facts} facts */
function structTypes(facts) {
  const texts = Object.values(facts.structs).map((s) => {
    const since = s.since === undefined ? "" : ` Since Linux ${s.since}.`;
    return interfaceText(s.ts, `${s.what}${since}`, s.fields);
  });
  const map = Object.entries(facts.structs).map(
    ([n, s]) => `  /** See the type. */\n  readonly ${n}: ${s.ts};`,
  );
  const byName = `/** The structures of the kernel's user-space API, by name. */
export interface StructByName {
${map.join("\n")}
}

/** A name in {@link StructByName}. */
export type StructName = keyof StructByName;`;
  return [imports, ...texts, byName].join("\n\n");
}

/** @param {Facts} facts */
function structTable(facts) {
  const rows = Object.entries(facts.structs).map(([n, s]) => {
    /** @type {string[]} */
    const sizes = [];
    let before = -1;
    for (const { code } of facts.releases.filter(
      (r) => isIn(s, r.code) && fieldsIn(s, r.code).length > 0,
    )) {
      const size = structSizeIn(s, code);
      if (size !== before) sizes.push(`${code} ${size}`);
      before = size;
    }
    return rowText(n, sizes, s.fields);
  });
  return `import type { StructName } from "./struct-types.js";

/** The structures of the kernel's user-space API: size in bytes, and fields. \`readRow()\` parses a row. */
export const structTable: Readonly<Record<StructName, string>> = {
${rows.join("\n")}
};`;
}
