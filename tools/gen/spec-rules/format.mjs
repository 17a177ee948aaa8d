// SPDX-License-Identifier: MIT
// @ts-check
/**
 * Formats JSON as the repository's formatter does, so that the formatter leaves generated files
 * alone.
 */

const WIDTH = 100;

/**
 * Puts each key of an object on its own line. A list of plain values is one line if it fits.
 * @param {unknown} value
 * @returns {string} with a newline at the end
 */
export function formatJson(value) {
  return `${format(value, "", 0)}\n`;
}

/**
 * @param {unknown} value
 * @param {string} indent of the line the value starts on
 * @param {number} before columns taken on that line by a key, and after the value by a comma
 * @returns {string}
 */
function format(value, indent, before) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (!Array.isArray(value)) {
    const entries = Object.entries(value);
    const lines = entries.map(([key, item], i) => {
      const name = `${JSON.stringify(key)}: `;
      const comma = i < entries.length - 1 ? 1 : 0;
      return `${inner}${name}${format(item, inner, name.length + comma)}`;
    });
    return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
  }
  const flat = `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  const fits = indent.length + before + flat.length <= WIDTH;
  const simple = value.every((item) => typeof item !== "object" || item === null);
  if (value.length === 0 || (simple && fits)) return flat;
  return `[\n${value.map((item) => inner + format(item, inner, 0)).join(",\n")}\n${indent}]`;
}
