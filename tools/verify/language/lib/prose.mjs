// SPDX-License-Identifier: MIT
// Finds the text for people in a file: comments, strings with spaces, and the text of pages and
// scenarios. All other characters become NUL, so that offsets in the file stay valid.
import { isScalar, parseDocument, visit } from "yaml";

const hide = (text) => "\0".repeat(text.length);
const hideAll = (text, pattern) => text.replace(pattern, hide);

const inComment = /`[^`]*`|https?:\/\/[^\s)>]+|\{@\w+ [^}]*\}|SPDX-License-Identifier:.*/g;
const inPage =
  /^( *)(`{3,})[^\n]*\n[\s\S]*?^\1\2|(`+)[\s\S]*?\3|\]\([^)]*\)|https?:\/\/[^\s)>]+|SPDX-License-Identifier:.*/gm;
const token =
  /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[`{}]|\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/g;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/y;
/** The code before a `/` that starts a regular expression. */
const beforePattern = /(?:^|[(,=:[!&|?{};+>]|\breturn|\bcase)\s*$/;
/**
 * Code that joins its neighbours to one text: line breaks between comments, `+` between strings.
 */
const glue = /^\s*\+?\s*$/;

function stringProse(text) {
  const inside = text.slice(1, -1);
  if (!inside.includes(" ")) return hide(text);
  return ` ${hideAll(inside, /https?:\/\/\S+|\\+./g)} `;
}

/** The prose of C, TypeScript, JavaScript or JSON. */
function codeProse(source) {
  let prose = "";
  const code = (to) => {
    const text = source.slice(prose.length, to);
    prose += glue.test(text) ? text.replace("+", " ") : hide(text);
  };
  /** For each open template, the number of open braces in its `${`. */
  const open = [];
  const template = () => {
    templatePart.lastIndex = prose.length + 1;
    const part = source[prose.length] + templatePart.exec(source)[0];
    const end = part.endsWith("${") ? 2 : 1;
    prose += stringProse(part.slice(0, part.length - end + 1)) + hide(part.slice(1, end));
    if (end === 2) open.push(0);
    token.lastIndex = prose.length;
  };
  token.lastIndex = 0;
  for (let found = token.exec(source); found; found = token.exec(source)) {
    const [text] = found;
    if (text === "{") {
      if (open.length > 0) open[open.length - 1]++;
      continue;
    }
    if (text === "}" && (open.length === 0 || open[open.length - 1]-- > 0)) continue;
    if (/^\/[^/*]/.test(text)) {
      const isPattern = beforePattern.test(
        source.slice(Math.max(0, found.index - 40), found.index),
      );
      if (!isPattern) token.lastIndex = found.index + 1;
      continue;
    }
    code(found.index);
    if (text === "}") open.pop();
    if (text === "`" || text === "}") template();
    else prose += text.startsWith("/") ? hideAll(text, inComment) : stringProse(text);
  }
  code(source.length);
  return prose;
}

const lineComment = /^[ \t]*#.*|(?<=\s)# .*/gm;

/** The comments of a shell script. */
function shellProse(source) {
  return overlay(source, [...source.matchAll(lineComment)].map(spanOf));
}

/** The comments of a scenario, and its values with a space. */
function yamlProse(source) {
  const spans = [...source.matchAll(lineComment)].map(spanOf);
  visit(parseDocument(source), {
    Scalar(key, node) {
      if (key !== "key" && isScalar(node) && `${node.value}`.includes(" "))
        spans.push([node.range[0], node.range[1]]);
    },
  });
  return overlay(source, spans);
}

const spanOf = ({ index, 0: text }) => [index, index + text.length];

function overlay(source, spans) {
  let prose = "";
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    if (from < prose.length) continue;
    prose += hide(source.slice(prose.length, from)) + hideAll(source.slice(from, to), inComment);
  }
  return prose + hide(source.slice(prose.length));
}

const readers = [
  [/\.md$/, (source) => hideAll(source, inPage)],
  [/\.(?:[cm]?[jt]sx?|[ch]|def|json)$/, codeProse],
  [/\.yaml$/, yamlProse],
  [/\.sh$|^\.ci\//, shellProse],
];

/** The text for people in a file, with the same length as the file; undefined if it has none. */
export function proseOf(path, source) {
  const reader = readers.find(([pattern]) => pattern.test(path))?.[1];
  return reader?.(source);
}
