// SPDX-License-Identifier: MIT
import ts from "typescript";

/** What stands in a template for a value that is only known at run time. */
const STAND_IN = "name";

/**
 * Finds every regular expression of TypeScript sources: literals, and `new RegExp(TEXT, FLAGS)`. A
 * text may name constants of the sources.
 *
 * @param {readonly (readonly [path: string, source: string])[]} sources
 * @returns {{ path: string, line: number, source: string | undefined, flags: string, text: string }[]}
 *   `source` is undefined if the text is unknown before the program runs
 */
export function findRegexes(sources) {
  const files = sources.map(([path, source]) => {
    const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    return ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, kind);
  });
  const exported = new Map(files.flatMap((file) => [...constantsOf(file)]));
  return files.flatMap((file) => regexesOf(file, new Map([...exported, ...constantsOf(file)])));
}

function regexesOf(file, constants) {
  const found = [];
  const visit = (node) => {
    const regex = regexOf(node, constants);
    if (regex !== undefined) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push({ path: file.fileName, line, text: node.getText(), ...regex });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function regexOf(node, constants) {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf("/");
    return { source: node.text.slice(1, end), flags: node.text.slice(end + 1) };
  }
  const isMade = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (!isMade || node.expression.getText() !== "RegExp") return undefined;
  const [text, flags] = node.arguments ?? [];
  return {
    source: text === undefined ? "" : textOf(text, constants),
    flags: flags === undefined ? "" : (textOf(flags, constants) ?? ""),
  };
}

/** The text of an expression; undefined if only the running program knows it. */
function textOf(node, constants) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isIdentifier(node)) return constants.get(node.text);
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === "String.raw") {
    return ts.isNoSubstitutionTemplateLiteral(node.template) ? node.template.rawText : undefined;
  }
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.templateSpans.reduce(
    (text, { expression, literal }) =>
      text + (textOf(expression, constants) ?? STAND_IN) + literal.text,
    node.head.text,
  );
}

/** The constants at the top of a file whose values are texts. */
function constantsOf(file) {
  const constants = new Map();
  for (const statement of file.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const text = initializer === undefined ? undefined : textOf(initializer, constants);
      if (text !== undefined) constants.set(name.getText(), text);
    }
  }
  return constants;
}
