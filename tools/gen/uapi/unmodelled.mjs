// SPDX-License-Identifier: MIT
// @ts-check
// Generates the texts of NotModelledError from core-c/include/trace/unmodelled.def.
import { existsSync, readFileSync } from "node:fs";
import { generated } from "./text.mjs";

const line = /^UNMODELLED\((\w+), "([^"\\]+)"\)$/;

/**
 * Reads the table of the core.
 *
 * @param {string} path - core-c/include/trace/unmodelled.def
 * @returns {string[]} the texts, in the order of the C enum; number 1 is the first one
 * @throws Error that names every line that is wrong
 */
export function readUnmodelled(path) {
  if (!existsSync(path)) return [];
  /** @type {Set<string>} */
  const ids = new Set();
  /** @type {Set<string>} */
  const texts = new Set();
  /** @type {string[]} */
  const wrong = [];
  for (const [i, text] of readFileSync(path, "utf8").split("\n").entries()) {
    if (!text.startsWith("UNMODELLED")) continue;
    const [, id = "", name = ""] = line.exec(text) ?? [];
    if (id === "") wrong.push(`unmodelled.def:${i + 1}: not an UNMODELLED on one line`);
    else if (ids.has(id) || texts.has(name)) wrong.push(`unmodelled.def:${i + 1}: '${id}' twice`);
    ids.add(id);
    texts.add(name);
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  return [...texts];
}

/**
 * @param {readonly string[]} texts
 * @returns {Map<string, string>}
 */
export function emitUnmodelled(texts) {
  const rows = texts.map((text) => `  ${JSON.stringify(text)},`).join("\n");
  return new Map([
    [
      "packages/kernel-wasm/src/refusals/unmodelled.ts",
      `// SPDX-License-Identifier: GPL-2.0-only
// ${generated}

/** The text for an unmodelled call without a name in the core. */
export const unnamed = "something that the core does not name";

/** The texts of \`NotModelledError.what\`; the index is the number in the core. */
export const unmodelled: readonly string[] = [
  unnamed,
${rows}
];
`,
    ],
  ]);
}
