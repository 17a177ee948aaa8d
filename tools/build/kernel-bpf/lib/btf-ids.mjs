// SPDX-License-Identifier: MIT
// Lists of BTF ids: from marks in preprocessed text to the table of include/btf_ids_table.h.

const kinds = { struct: 4, union: 5, enum: 6, typedef: 8, func: 12 };
const types = { L: "BTF_LIST", LG: "BTF_LIST", S: "BTF_SET", SG: "BTF_SET", S8: "BTF_SET8" };

/** Finds the lists of a source in its preprocessed text. See include/linux/btf_ids.h. */
export function scanLists(text, tag) {
  const lists = [];
  let list;
  for (const [, mark, rest] of text.matchAll(/@@(LG?|IF?|SG?|S8|E)\s+([^@]*)@@/g)) {
    const words = rest.trim();
    if (mark === "I" || mark === "IF") list?.entries.push(entry(words));
    else {
      if (list !== undefined) lists.push(list);
      list = mark === "E" ? undefined : start(mark, words, tag);
    }
  }
  return list === undefined ? lists : [...lists, list];
}

/** Whether BTF_KFUNCS_START began a list. */
export function isOfKfuncs({ type, flags }) {
  return type === "BTF_SET8" && flags === "1";
}

function start(mark, words, tag) {
  const [name, flags = "0"] = words.split(/\s+/);
  const symbol = mark.endsWith("G") ? name : `${tag}.${name}`;
  return { type: types[mark], symbol, flags, entries: [] };
}

function entry(words) {
  const [, kind, name, flags = "0"] = /^__BTF_ID__([a-z]+?)__(\w+)(?:\s+(.+))?$/s.exec(words) ?? [];
  if (kind === undefined) return { kind: 0, name: "", flags };
  return { kind: kinds[kind] ?? 0, name, flags };
}

function declaration({ type, symbol, flags, entries }, i) {
  const size = Math.max(1, entries.length);
  const place = `__asm__("${symbol}")`;
  if (type === "BTF_LIST") return `u32 list_${i}[${size}] ${place};`;
  if (type === "BTF_SET")
    return `struct { u32 count; u32 ids[${size}]; } list_${i} ${place} = { ${entries.length} };`;
  const pairs = entries.map((one) => `{ 0, ${one.flags} }`).join(", ");
  return `struct { u32 count, flags; struct { u32 id, flags; } pairs[${size}]; } list_${i} ${place} = { ${entries.length}, ${flags}, { ${pairs} } };`;
}

/** The C text of all lists. */
export function writeLists(lists) {
  const parts = lists.map((list, i) => {
    const names = list.entries.map(({ kind, name }) => `{ ${kind}, "${name}" },`).join(" ");
    return `${declaration(list, i)}\nstatic const struct btf_list_entry entries_${i}[] = { ${names} { 0, "" } };\n`;
  });
  const rows = lists.map(({ type, entries }, i) => {
    return `\t{ &list_${i}, entries_${i}, ${entries.length}, ${type} },\n`;
  });
  return [
    "#include <linux/btf.h>\n#include <linux/btf_ids.h>\n#include <linux/types.h>\n",
    '#include "btf_ids_table.h"\n',
    ...parts,
    `const struct btf_list btf_lists[] = {\n${rows.join("")}};\n`,
    `const int btf_lists_count = ${lists.length};\n`,
  ].join("");
}
