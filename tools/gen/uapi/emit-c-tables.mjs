// SPDX-License-Identifier: MIT
// @ts-check
import { fillTemplate } from "../../lib/template.mjs";
import { codeOf, delegationEnums, endOf, isIn, lastFieldIn, unionSizeIn } from "./facts.mjs";
import { cHeader } from "./text.mjs";

/** @typedef {import("./facts.mjs").Facts} Facts */

const licence = "GPL-2.0-only";
const tokenFields = ["map_token_fd", "prog_token_fd", "btf_token_fd", "fd_by_id_token_fd"];

/**
 * Facts that the model looks up at run time, because one module implements all releases.
 *
 * @param {Facts} facts
 * @returns {Map<string, string>}
 */
export function emitTables(facts) {
  return new Map([
    ["core-c/include/generated/facts.h", cHeader(licence, "_GENERATED_FACTS_H", shapes(facts))],
    [
      "core-c/include/generated/facts_tables.h",
      cHeader(licence, "_GENERATED_FACTS_TABLES_H", tables(facts)),
    ],
  ]);
}

/** @param {Facts} facts */
function shapes(facts) {
  const sizes = facts.releases.map((r) => unionSizeIn(facts, r.code));
  const ids = delegationEnums.map((e) => `\tFACTS_${e.toUpperCase()},`).join("\n");
  return fillTemplate(new URL("templates/facts.h", import.meta.url), {
    oldest: facts.releases[0]?.code ?? 0,
    newest: facts.releases.at(-1)?.code ?? 0,
    releases: facts.releases.length,
    max_attr_size: Math.max(...sizes),
    ids,
  });
}

/** @param {Facts} facts */
function tables(facts) {
  const names = delegationEnums.map((key) => {
    const e = /** @type {import("./facts.mjs").EnumFacts} */ (facts.enums[key]);
    const words = e.members.map((m) => `\t"${m.name}\\0"`).join("\n");
    return [
      `static const char facts_names_${key}[] =\n${words};`,
      `static const struct facts_explicit facts_explicit_${key}[] = {\n${explicitRows(e).join("\n")}\n};`,
    ].join("\n\n");
  });
  const index = delegationEnums.map((key) => {
    const e = /** @type {import("./facts.mjs").EnumFacts} */ (facts.enums[key]);
    return `\t[FACTS_${key.toUpperCase()}] = { "${key}", "${e.prefix}", facts_names_${key},\n\t\tfacts_explicit_${key}, ${explicitRows(e).length} },`;
  });
  const releases = facts.releases.map(
    (r) => `\t{ "${r.name}", ${r.code}, ${unionSizeIn(facts, r.code)} },`,
  );
  return fillTemplate(new URL("templates/facts_tables.h", import.meta.url), {
    names: names.join("\n\n"),
    enums: index.join("\n"),
    releases: releases.join("\n"),
    attrs: attrRows(facts).join("\n"),
  });
}

/**
 * The members whose value or release facts_next_name() cannot derive from the position.
 *
 * @param {import("./facts.mjs").EnumFacts} e
 */
function explicitRows(e) {
  let expected = 0;
  return e.members.flatMap((m, nr) => {
    const since = codeOf(m.since);
    const until = m.until === undefined ? 0 : codeOf(m.until);
    const usual = m.value === expected && since === 0 && until === 0;
    expected = Number(m.value) + 1;
    return usual ? [] : [`\t{ ${nr}, ${m.value}, ${since}, ${until} },\t/* ${m.name} */`];
  });
}

/** @param {Facts} facts */
function attrRows(facts) {
  const rows = [];
  for (const m of facts.enums.bpf_cmd?.members ?? []) {
    if (m.aliasOf !== undefined) continue;
    let before = "";
    for (const { code } of facts.releases.filter((r) => isIn(m, r.code))) {
      const end = endOf(lastFieldIn(facts, m.name, code));
      const row = `${end}, ${tokenOffset(facts, m.name, code, end)}`;
      if (row !== before) rows.push(`\t{ ${m.value}, ${code}, ${row} },\t/* ${m.name} */`);
      before = row;
    }
  }
  return rows;
}

/**
 * The offset of the token fd in a command. A field after the last known one is not read.
 *
 * @param {Facts} facts
 * @param {string} cmd
 * @param {number} code
 * @param {number} end
 */
function tokenOffset(facts, cmd, code, end) {
  const group = facts.attr.groups[facts.attr.commands[cmd]?.group ?? ""];
  const field = group?.fields.find(
    (f) => tokenFields.includes(f.name) && isIn(f, code) && endOf(f) <= end,
  );
  return field?.offset ?? -1;
}
