// SPDX-License-Identifier: MIT
// Just enough of C's text to find statements in it.

/** The text with comments, strings and preprocessor lines blanked; offsets stay what they were. */
export function blank(text) {
  const hidden = (found) => found.replace(/[^\n]/g, " ");
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, hidden)
    .replace(/^[ \t]*#(?:[^\n\\]|\\[\s\S])*$/gm, hidden);
}

/** Offset of what closes the bracket at `open`, or -1. */
export function closing(text, open) {
  const [left, right] = text[open] === "(" ? ["(", ")"] : ["{", "}"];
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === left) depth++;
    if (text[at] === right && --depth === 0) return at;
  }
  return -1;
}

/** Offset behind the statement that starts at `from`: a block, or up to its semicolon. */
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
 * Every `if` of a text that was blanked.
 *
 * @returns offsets: `open` and `close` of the condition's brackets, `body` and `end` of what it guards.
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
 * The innermost call that has an offset among its arguments, in a text that was blanked.
 *
 * @returns its `name`, and the offsets `open` of the name and `end` behind the closing bracket.
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
