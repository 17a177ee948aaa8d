// SPDX-License-Identifier: MIT
// Code blocks in pages. A comment directly above a block defines what the tests do with it:
// //   <!-- not run: REASON -->       nothing
// //   <!-- needs the running kernel --> run it if the running kernel is available
// //   <!-- throws -->                it must throw
// //   <!-- thrown -->                the text that the block before it throws
// //   <!-- printed -->               the text that the block before it prints
// //   <!-- printed by: COMMAND -->   the text that the command prints
const fence = /(?:^<!-- ([^\n]*?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
const marks = /^(not run: .{5,}|needs the running kernel|throws|thrown|printed|printed by: .+)$/;

/**
 * The blocks of a page in order: `line` of the fence, `language`, `code`, `mark` if there is one.
 *
 * @throws Error for a block without a language.
 */
export function blocksOf(page, text) {
  return [...text.matchAll(fence)].map((match) => {
    const [whole, comment, language, code] = match;
    const before = text.slice(0, match.index + whole.indexOf("```"));
    const line = before.split("\n").length;
    if (language === "") throw new Error(`${page}:${line}: a block needs a language`);
    const mark = comment !== undefined && marks.test(comment) ? comment : undefined;
    return { page, line, language, code, mark };
  });
}

/**
 * The reason why the tests do not run a block; undefined if they run it.
 *
 * @param {{ mark?: string } | undefined} block
 */
export function reasonNotToRun(block) {
  const mark = block?.mark;
  return mark?.startsWith("not run: ") ? mark.slice("not run: ".length) : undefined;
}

/** The commands of a sh block, without comments and with continued lines joined. */
export function commandsOf(code) {
  return code
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
