// SPDX-License-Identifier: MIT
// Rules by which a file of C is changed, one place at a time. They know C's words, not any text.

/** The same text with comments, strings, and lines of the preprocessor blank, place for place. */
export function masked(text) {
  const blank = (piece) => piece.replace(/[^\n]/g, " ");
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g, blank)
    .replace(/^[ \t]*#(?:[^\n]*\\\n)*[^\n]*/gm, blank);
}

/** Each operator by what it is changed to. */
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

/** An errno that nothing here answers. */
const OTHER_ERRNO = "EXDEV";

/** Where the parenthesis that opens at `at` closes. */
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

/** `if (x)` and `while (x)`: always and never. `!x` is in it. */
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

/** What is answered: another truth, nothing, or an error in place of what it was. */
function returns(code) {
  return [...code.matchAll(/\breturn\b([^;]*);/g)].flatMap(({ 0: whole, 1: value, index }) => {
    const from = index + "return".length;
    const to = index + whole.length - 1;
    const of = (rule, text) => ({ rule: `return ${rule}`, from, to, text: ` ${text}` });
    const said = value.trim();
    if (said === "") return [];
    if (said === "true") return [of("false", "false")];
    if (said === "false") return [of("true", "true")];
    // an errno alone has its own rule
    if (/^-E[A-Z0-9]+$/.test(said)) return [of("0", "0")];
    const contrary = of("the contrary", `!(${said})`);
    return said === "0" ? [contrary] : [of("0", "0"), contrary];
  });
}

/**
 * Every change that the rules make of a text, in its order.
 *
 * @returns `rule`, where it is (`line`, `column`, from 1), and the whole `text` afterwards.
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
