// SPDX-License-Identifier: MIT
// Mutation rules for C source, one place at a time. They parse tokens only, not all of C.

/** The text with comments, strings and preprocessor lines blanked; offsets stay valid. */
export function masked(text) {
  const blank = (piece) => piece.replace(/[^\n]/g, " ");
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g, blank)
    .replace(/^[ \t]*#(?:[^\n]*\\\n)*[^\n]*/gm, blank);
}

/** Each operator with its replacements. */
const operators = {
  "==": ["!="],
  "!=": ["=="],
  "<=": ["<", ">"],
  ">=": [">", "<"],
  "<": ["<=", ">="],
  ">": [">=", "<="],
  "&&": ["||"],
  "||": ["&&"],
};
const OPERATOR = /==|!=|<=|>=|&&|\|\||(?<![<>\-=])[<>](?![<>=])/g;

/** An errno that no code here returns. */
const OTHER_ERRNO = "EXDEV";

/** The offset of the parenthesis that closes the one at `at`. */
function closing(code, at) {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (code[i] === "(") depth++;
    else if (code[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

function comparisons(code) {
  return [...code.matchAll(OPERATOR)].flatMap(({ 0: operator, index }) =>
    operators[operator].map((to) => ({
      rule: `${operator} is ${to}`,
      from: index,
      to: index + operator.length,
      text: to,
    })),
  );
}

/** `if (x)` and `while (x)`: always true and never true. This includes `!x`. */
function conditions(code) {
  return [...code.matchAll(/\bif\s*\(/g)].flatMap(({ 0: head, index }) => {
    const open = index + head.length - 1;
    const close = closing(code, open);
    if (close < 0) return [];
    return ["0", "1"].map((value) => ({
      rule: `if is ${value === "0" ? "never" : "always"}`,
      from: open + 1,
      to: close,
      text: value,
    }));
  });
}

function negations(code) {
  return [...code.matchAll(/!(?=[\w(])/g)].map(({ index }) => ({
    rule: "! is gone",
    from: index,
    to: index + 1,
    text: "",
  }));
}

function errnos(code) {
  return [...code.matchAll(/-(E[A-Z][A-Z0-9]+)\b/g)].map(({ 0: errno, 1: name, index }) => ({
    rule: `${name} is ${OTHER_ERRNO}`,
    from: index,
    to: index + errno.length,
    text: `-${OTHER_ERRNO}`,
  }));
}

/** Return values: negated, 0, or an error instead of the value. */
function returns(code) {
  return [...code.matchAll(/\breturn\b([^;]*);/g)].flatMap(({ 0: whole, 1: value, index }) => {
    const from = index + "return".length;
    const to = index + whole.length - 1;
    const of = (rule, text) => ({ rule: `return ${rule}`, from, to, text: ` ${text}` });
    const old = value.trim();
    if (old === "") return [];
    if (old === "true") return [of("false", "false")];
    if (old === "false") return [of("true", "true")];
    // a return of an errno has its own rule
    if (/^-E[A-Z0-9]+$/.test(old)) return [of("0", "0")];
    const contrary = of("the contrary", `!(${old})`);
    return old === "0" ? [contrary] : [of("0", "0"), contrary];
  });
}

/**
 * All mutants of a text, in the order of their places.
 *
 * @returns `rule`, place (`line`, `column`, from 1), and the whole mutated `text`.
 */
export function mutantsOf(text) {
  const code = masked(text);
  const rules = [comparisons, conditions, negations, errnos, returns];
  return rules
    .flatMap((rule) => rule(code))
    .sort((a, b) => a.from - b.from || a.rule.localeCompare(b.rule))
    .map(({ rule, from, to, text: put }) => {
      const before = text.slice(0, from).split("\n");
      return {
        rule,
        line: before.length,
        column: before.at(-1).length + 1,
        text: text.slice(0, from) + put + text.slice(to),
      };
    });
}
