// SPDX-License-Identifier: MIT
// A minimal C scanner that finds statements.

/** The text with comments, strings and preprocessor lines blanked; offsets stay valid. */
export function blank(text) {
  const hidden = (found) => found.replace(/[^\n]/g, " ");
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, hidden)
    .replace(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*$/gm, hidden);
}

/** Offset of the bracket that closes the one at `open`, or -1. */
export function closing(text, open) {
  const [left, right] = text[open] === "(" ? ["(", ")"] : ["{", "}"];
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === left) depth++;
    if (text[at] === right && --depth === 0) return at;
  }
  return -1;
}

/** Offset after the statement that starts at `from`: a block, or up to its semicolon. */
function statementEnd(text, from) {
  if (text[from] === "{") return closing(text, from) + 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "(" || text[at] === "{") {
      at = closing(text, at);
      if (at < 0) return text.length;
    } else if (text[at] === ";") {
      return at + 1;
    }
  }
  return text.length;
}

/**
 * Every `if` of a blanked text.
 *
 * @returns offsets: `open` and `close` of the condition's brackets, `body` and `end` of the guarded
 *   statement.
 */
export function findIfs(blanked) {
  const found = [];
  for (const { index } of blanked.matchAll(/\bif \(/g)) {
    const open = index + 3;
    const close = closing(blanked, open);
    if (close < 0) continue;
    const body = close + 1 + blanked.slice(close + 1).search(/\S/);
    found.push({ open, close, body, end: statementEnd(blanked, body) });
  }
  return found;
}

/**
 * The innermost call with an offset among its arguments, in a blanked text.
 *
 * @returns its `name`, and the offsets `open` of the name and `end` after the closing bracket.
 */
export function callAround(blanked, at) {
  let depth = 0;
  for (let from = at - 1; from >= 0 && !";{}".includes(blanked[from]); from--) {
    if (blanked[from] === ")") depth++;
    if (blanked[from] !== "(" || depth-- > 0) continue;
    const name = /\w+$/.exec(blanked.slice(0, from))?.[0];
    if (name === undefined) return undefined;
    return { name, open: from - name.length, end: closing(blanked, from) + 1 };
  }
  return undefined;
}
