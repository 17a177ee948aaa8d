// SPDX-License-Identifier: MIT
// @ts-check
/**
 * Parses the subset of Markdown in the specification: headings, pipe tables, and marks inside a
 * cell. Keeps line numbers for error messages.
 */

/**
 * @typedef {{ line: number, cells: string[] }} Row
 * @typedef {{ line: number, section: string, header: string[], rows: Row[] }} Table
 */

const DELIMITER = /^\|(?:\s*:?-+:?\s*\|)+\s*$/;

/**
 * Splits a table line at its bars; `\|` is a bar inside a cell.
 * @param {string} line
 * @returns {string[]}
 */
export function splitCells(line) {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|").trim());
}

/**
 * A cell as plain text, without the marks for bold, emphasis and code.
 * @param {string} cell
 * @returns {string}
 */
export function plain(cell) {
  return cell
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part.replaceAll("`", "") : withoutEmphasis(part)))
    .join("")
    .trim();
}

/** @param {string} text */
function withoutEmphasis(text) {
  return text
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "$1")
    .replace(/(?<![\w*])\*(?=\w)([^*]+?)(?<=\w)\*(?![\w*])/g, "$1")
    .replace(/(?<!\w)_(?=\w)([^_]+?)_(?!\w)/g, "$1");
}

/**
 * All pipe tables, in document order, each with the nearest heading above it.
 * @param {string} text
 * @returns {Table[]}
 */
export function readTables(text) {
  const lines = text.split("\n");
  /** @type {Table[]} */
  const tables = [];
  let section = "";
  /** @type {Table | undefined} */
  let open;
  for (const [index, line] of lines.entries()) {
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) section = plain(heading[1] ?? "");
    if (!line.startsWith("|")) {
      open = undefined;
    } else if (open) {
      if (!DELIMITER.test(line)) open.rows.push({ line: index + 1, cells: splitCells(line) });
    } else {
      open = {
        line: index + 1,
        section,
        header: splitCells(line).map(plain),
        rows: [],
      };
      tables.push(open);
    }
  }
  return tables;
}
