// SPDX-License-Identifier: MIT
// Blocks of code in pages, and what the page says of each in a comment right above it:
//   <!-- not run: REASON -->       nobody runs it
//   <!-- needs the running kernel --> it is run where there is one
//   <!-- throws -->                it has to throw
//   <!-- thrown -->                text of what the block before it throws
//   <!-- printed -->               text of what the block before it prints
//   <!-- printed by: COMMAND -->   text of what that command prints
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
 * Why nobody runs a block, or undefined where somebody does.
 *
 * @param {{ mark?: string } | undefined} block
 */
export function reasonNotToRun(block) {
  const mark = block?.mark;
  return mark?.startsWith("not run: ") ? mark.slice("not run: ".length) : undefined;
}

/** The commands of a block of sh: comments go, lines that end in a backslash go on. */
export function commandsOf(code) {
  return code
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
